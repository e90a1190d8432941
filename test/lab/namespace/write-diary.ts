/**
 * Runs on the collector's machine before the collector: writes its diary of the scenario's listed sites, as an hour of
 * service would have done.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCollector } from '../../../collector/serve.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { COLLECTOR_ADDRESS } from './layout.ts';

const folder = process.argv[2] ?? '.';
const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
const { listed = [] } = JSON.parse(text('scenario.json')) as Scenario;
const anyPort = { host: COLLECTOR_ADDRESS, port: 0 } as const;
const collector = await startCollector({
  data: join(folder, 'collector'),
  listen: anyPort,
  extraRootsPem: [text('root.pem')],
  reflector: {
    listen: [anyPort],
    furtherPorts: false,
    identity: { certPem: text('reflector.pem'), keyPem: text('reflector.key') },
  },
  diary: { urls: listed, minutes: null },
  only: process.env['KUAGER_ONLY'],
});
const written = await collector.runDiary();
await collector.close();
process.stdout.write(`${written} entries written\n`);
