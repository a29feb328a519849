/** The boards as the server last made them, renewed whenever a source is saved. */

import {useEffect, useState} from 'react';
import {PreviewError} from '../preview-error.ts';
import {type BoardsAnswer, routes} from '../routes.ts';

export type Feed = {readonly answer?: BoardsAnswer; readonly error?: string; readonly connected: boolean};

export const useBoards = (): Feed => {
  const [feed, setFeed] = useState<Feed>({connected: true});
  useEffect(() => {
    const load = async () => {
      try {
        const response = await fetch(routes.boards);
        if (!response.ok) throw new PreviewError('ERR_PREVIEW_SERVER', `${response.status} ${response.statusText}`);
        const answer: BoardsAnswer = await response.json();
        setFeed({answer, connected: true});
      } catch (error) {
        setFeed(previous => ({...previous, error: String(error)}));
      }
    };
    const stream = new EventSource(routes.changes);
    stream.onmessage = load; // the first message comes immediately
    stream.onerror = () => setFeed(previous => ({...previous, connected: false}));
    return () => stream.close();
  }, []);
  return feed;
};
