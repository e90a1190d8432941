/** Whose the simulated networks are: Kazakhstan's, as the project has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNetworks } from '../../shared/rules/index.ts';

export const NETWORKS = readNetworks(
  readFileSync(join(import.meta.dirname, '..', '..', 'testlists', 'networks.csv'), 'utf8'),
);
