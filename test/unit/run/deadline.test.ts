import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { setTimeout as after } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { within, withDeadline } from '../../../probe/experiments/deadline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const never = new AbortController().signal;
const forever = new Promise<never>(() => undefined);
/** Milliseconds; what is collected as garbage is collected long before. */
const SOON = 300;
/** A test that has not ended by then never will. */
const LIMIT = 10_000;

/** Rejects with the signal's reason when it fires. */
const untilStopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('a patience ends also when garbage was collected meanwhile', { timeout: LIMIT }, async () => {
  const patient = within(SOON, forever, never);
  const worked = withDeadline(SOON, never, untilStopped);
  worked.catch(() => undefined);
  for (let i = 0; i < 3; i++) {
    await after(20);
    collectGarbage();
  }
  expect(await patient).toBeNull();
  await expect(worked).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('what is ready in time is given back, and nothing is left behind', async () => {
  const { signal } = new AbortController();
  expect(await within(LIMIT, after(5, 'page'), signal)).toBe('page');
  await expect(within(LIMIT, Promise.reject(new Error('ours')), signal)).rejects.toThrow('ours');
  expect(await withDeadline(LIMIT, signal, () => Promise.resolve('answer'))).toBe('answer');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('the end of the run ends both, also when it came before', async () => {
  const run = new AbortController();
  const patient = within(LIMIT, forever, run.signal);
  const worked = withDeadline(LIMIT, run.signal, untilStopped);
  run.abort(new Error('stopped'));
  expect(await patient).toBeNull();
  await expect(worked).rejects.toThrow('stopped');
  expect(await within(LIMIT, forever, run.signal)).toBeNull();
  expect(await withDeadline(LIMIT, run.signal, (signal) => Promise.resolve(signal.aborted))).toBe(true);
});
