import '@fontsource/inter/latin-400.css';
import '@fontsource/inter/latin-500.css';
import '@fontsource/roboto-mono/latin-400.css';
import './page.css';
import {createRoot} from 'react-dom/client';
import {PreviewError} from '../preview-error.ts';
import {App} from './app.tsx';
import {fillRegistries} from './registries.ts';

const root = document.getElementById('root');
if (!root) throw new PreviewError('ERR_PREVIEW_SERVER', '#root: expected an element, found none');

await fillRegistries();
// Grafana's libraries measure text on a canvas and cache the widths, so the fonts must be loaded first.
await Promise.all(
  ['400 14px Inter', '500 14px Inter', '400 14px "Roboto Mono"'].map(font => document.fonts.load(font)),
);
createRoot(root).render(<App />);
