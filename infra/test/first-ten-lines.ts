/** The first ten lines of a review's comment. */
import {toComment} from '../review/comment.ts';
import type {Danger} from '../review/danger.ts';

export const firstTenLines = (dangers: readonly Danger[]): string =>
  toComment({base: 'main', commit: '0123456789abcdef', dangers, parts: [], stacks: {columns: [], rows: []}})
    .split('\n')
    .slice(0, 10)
    .join('\n');
