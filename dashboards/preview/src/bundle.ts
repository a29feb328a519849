/** The page's files, bundled in memory: nothing is written, nothing can be stale. */
import {basename, join} from 'node:path';
import {build} from 'esbuild';
import {previewFolder} from '../../src/preview/install.ts';
import {type Assets, assetOf} from './entry-page.ts';

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  woff: 'font/woff',
  woff2: 'font/woff2',
};

export const typeOf = (path: string): string => types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';

/** Where Grafana's libraries look for icons and fonts. */
export const publicPath = '/public/';

export const bundlePage = async (): Promise<Assets> => {
  const {outputFiles} = await build({
    absWorkingDir: previewFolder,
    entryPoints: {main: 'src/page/page-entry.tsx'},
    bundle: true,
    minify: true,
    format: 'esm',
    splitting: true,
    outdir: 'assets',
    publicPath: '/assets/',
    jsx: 'automatic',
    target: 'es2023',
    define: {
      'process.env.NODE_ENV': '"production"',
      'window.__grafana_public_path__': JSON.stringify(publicPath),
    },
    loader: {'.woff': 'file', '.woff2': 'file'},
    logOverride: {'import-is-undefined': 'silent'},
    logLevel: 'silent',
    write: false,
  });
  return new Map(outputFiles.map(({path, contents}) => [`/assets/${basename(path)}`, assetOf(contents, typeOf(path))]));
};

export const libraryIcons = join(previewFolder, 'node_modules/@grafana/ui/dist/public/img');
