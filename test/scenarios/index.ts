/** All scenarios; each group is a file. */
import { DEVICE_STORE } from './device-store.ts';
import { FILTERED_NAMES } from './filtered-names.ts';
import { FIRST_SCENARIOS } from './first.ts';
import { INNOCENT_ANSWERS } from './innocent-answers.ts';
import { INTERCEPTION_KINDS } from './interception-kinds.ts';
import { INTERCEPTION_TOGETHER } from './interception-together.ts';
import { INTERFERENCE } from './interference.ts';
import { LOOK_ALIKES } from './look-alikes.ts';
import { NAMES_AND_ADDRESSES } from './names-and-addresses.ts';
import { OTHER_NETWORKS } from './other-networks.ts';
import { PEERS } from './peers.ts';
import type { Scenario } from './scenario.ts';
import { VANTAGE_AND_ORIGIN } from './vantage-and-origin.ts';

export { FIRST_SCENARIOS } from './first.ts';
export { INTERFERENCE } from './interference.ts';
export { LOOK_ALIKES } from './look-alikes.ts';
export { LAB_BLOCKPAGE_ROWS } from './pages.ts';
export { LAB_NETWORK_ROWS } from './networks.ts';
export type * from './scenario.ts';

export const ALL_SCENARIOS: readonly Scenario[] = [
  ...FIRST_SCENARIOS,
  ...LOOK_ALIKES,
  ...INTERFERENCE,
  ...PEERS,
  ...FILTERED_NAMES,
  ...NAMES_AND_ADDRESSES,
  ...OTHER_NETWORKS,
  ...VANTAGE_AND_ORIGIN,
  ...INNOCENT_ANSWERS,
  ...INTERCEPTION_KINDS,
  ...INTERCEPTION_TOGETHER,
  ...DEVICE_STORE,
];
