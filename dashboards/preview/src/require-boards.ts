/** The boards for a command that draws them once; without boards it fails. */
import type {Boards, Current} from './board-store.ts';
import {PreviewError} from './preview-error.ts';
import type {Problem} from './routes.ts';

const textOf = ({file, line, message}: Problem): string => [file, line, message].filter(Boolean).join(':');

/** Reports single files that are broken. @throws PreviewError with the first problem when there are no boards. */
export const requireBoards = ({boards, problems}: Current, report: (line: string) => void): Boards => {
  const whole =
    problems.find(({kind}) => kind !== 'files') ?? (Object.keys(boards).length === 0 ? problems[0] : undefined);
  if (whole) throw new PreviewError('ERR_PREVIEW_BOARDS', textOf(whole));
  for (const problem of problems) report(textOf(problem));
  return boards;
};
