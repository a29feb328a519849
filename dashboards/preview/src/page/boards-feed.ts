/** The boards as the server last made them, renewed whenever a source is saved. */

import {useEffect, useState} from 'react';
import {PreviewError} from '../preview-error.ts';
import {type BoardsResponse, routes} from '../routes.ts';

export type Feed = {readonly boardsResponse?: BoardsResponse; readonly error?: string; readonly connected: boolean};

export const useBoards = (): Feed => {
  const [feed, setFeed] = useState<Feed>({connected: true});
  useEffect(() => {
    const load = async () => {
      try {
        const response = await fetch(routes.boards);
        if (!response.ok) throw new PreviewError('ERR_PREVIEW_SERVER', `${response.status} ${response.statusText}`);
        const boardsResponse: BoardsResponse = await response.json();
        setFeed({boardsResponse, connected: true});
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
