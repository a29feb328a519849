/** What is wrong with the sources, over the last board that could be made. */
import {Alert} from '@grafana/ui';
import type {Problem} from '../routes.ts';

const titles: Readonly<Record<Problem['kind'], string>> = {
  types: 'The boards’ sources don’t compile',
  boards: 'The boards could not be made',
};

export const Problems = ({problems}: {readonly problems: readonly Problem[]}) => {
  const [first] = problems;
  if (!first) return null;
  return (
    <div className="problems" data-problems={problems.length}>
      <Alert title={titles[first.kind]} severity="error" elevated>
        <ul>
          {problems.map(({file, line, message}) => (
            <li key={`${file}:${line}:${message}`}>
              {file && <code>{line ? `${file}:${line}` : file}</code>}
              <pre>{message}</pre>
            </li>
          ))}
        </ul>
        <p>What you see below is the last that could be made.</p>
      </Alert>
    </div>
  );
};
