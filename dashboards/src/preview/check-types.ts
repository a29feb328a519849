/** `npm run types`, the part of the preview: its own packages are installed first, for it compiles against Grafana's types. */
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {ensureInstalled, previewFolder, repository} from './install.ts';

await ensureInstalled(line => process.stdout.write(`${line}\n`));
const compiler = join(repository, 'node_modules/typescript/bin/tsc');
const {status} = spawnSync(process.execPath, [compiler, '--noEmit', '--project', previewFolder], {stdio: 'inherit'});
process.exitCode = status ?? 1;
