/** Every file that the preview serves, read or generated once at startup. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {previewFolder} from '../../src/preview/install.ts';
import {bundlePage, libraryIcons, publicPath, typeOf} from './bundle.ts';
import {type Asset, type Assets, assetOf} from './entry-page.ts';

const fonts = (family: string, weight: string) =>
  join(previewFolder, `node_modules/@fontsource/${family}/files/${family}-latin-${weight}.woff2`);

/** The font names in Grafana's styles, and the files that contain these fonts. */
const fontFiles: Readonly<Record<string, string>> = {
  'fonts/inter/Inter-Regular.woff2': fonts('inter', '400-normal'),
  'fonts/inter/Inter-Medium.woff2': fonts('inter', '500-normal'),
  'fonts/inter/Inter-Italic.woff2': fonts('inter', '400-italic'),
  'fonts/inter/Inter-MediumItalic.woff2': fonts('inter', '500-italic'),
  'fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2': fonts(
    'roboto-mono',
    '400-normal',
  ),
};

const read = (path: string): Asset => assetOf(readFileSync(path), typeOf(path));

/** An icon that the libraries use but don't contain: another icon, mirrored. */
const mirrored = (icon: Asset): Asset => {
  const turned = new TextDecoder().decode(icon.body).replace('<svg', '<svg transform="scale(-1 1)"');
  return assetOf(new TextEncoder().encode(turned), icon.type);
};
const iconFolder = `${publicPath}build/img/icons/unicons/`;

export const loadAssets = async (): Promise<Assets> => {
  const icons = readdirSync(libraryIcons, {recursive: true, withFileTypes: true}).filter(entry => entry.isFile());
  const files = new Map([
    ...(await bundlePage()),
    ...Object.entries(fontFiles).map(([name, path]) => [`${publicPath}${name}`, read(path)] as const),
    ...icons.map(({parentPath, name}) => {
      const path = join(parentPath, name);
      return [`${publicPath}build/img${path.slice(libraryIcons.length).replaceAll('\\', '/')}`, read(path)] as const;
    }),
  ]);
  const right = files.get(`${iconFolder}angle-double-right.svg`);
  if (right) files.set(`${iconFolder}angle-double-left.svg`, mirrored(right));
  return files;
};
