/**
 * Problems of the sources, over the last board that could be built; problems of single files, at the top of the page.
 */
import {Alert} from '@grafana/ui';
import type {Problem} from '../routes.ts';

const titles: Readonly<Record<Problem['kind'], string>> = {
  types: 'The boards’ sources don’t compile',
  boards: 'The boards could not be built',
  files: 'Problems with files',
};

const List = ({problems}: {readonly problems: readonly Problem[]}) => (
  <ul>
    {problems.map(({file, line, message}) => (
      <li key={`${file}:${line}:${message}`}>
        {file && <code>{line ? `${file}:${line}` : file}</code>}
        <pre>{message}</pre>
      </li>
    ))}
  </ul>
);

export const Problems = ({problems}: {readonly problems: readonly Problem[]}) => {
  const [first] = problems;
  if (!first) return null;
  if (first.kind === 'files') {
    return (
      <div className="file-problems" data-problems={problems.length}>
        <Alert title={titles.files} severity="warning">
          <List problems={problems} />
        </Alert>
      </div>
    );
  }
  return (
    <div className="problems" data-problems={problems.length}>
      <Alert title={titles[first.kind]} severity="error" elevated>
        <List problems={problems} />
        <p>The boards below are from the last successful build.</p>
      </Alert>
    </div>
  );
};
