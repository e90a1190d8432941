export { FIRST_SCENARIOS } from './first.ts';
export { INTERFERENCE } from './interference.ts';
export { LOOK_ALIKES } from './look-alikes.ts';
export { LAB_BLOCKPAGE_FINGERPRINT } from './pages.ts';
export type * from './scenario.ts';
