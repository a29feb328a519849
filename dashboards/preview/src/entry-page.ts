/** The one HTML page, and what it loads. Needs none of the preview's packages. */
import {createHash} from 'node:crypto';

export type Asset = {
  readonly body: Uint8Array;
  readonly type: string;
  /** Names the content, for HTTP's `If-None-Match`. */
  readonly tag: string;
};

export const assetOf = (body: Uint8Array, type: string): Asset => ({
  body,
  type,
  tag: `"${createHash('sha256').update(body).digest('base64url')}"`,
});
/** By path on the server. The server knows no other files, so no path can leave this list. */
export type Assets = ReadonlyMap<string, Asset>;

const entryScript = '/assets/main.js';
const entryStyles = '/assets/main.css';

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Dashboards</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${entryStyles}">
    <script type="module" src="${entryScript}"></script>
  </head>
  <body>
    <div id="root"></div>
  </body>
</html>
`;

export const page: Asset = assetOf(new TextEncoder().encode(html), 'text/html; charset=utf-8');
