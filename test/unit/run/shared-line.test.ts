import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Line } from '../../../probe/run/line.ts';
import { ReflectorPlaces } from '../../../probe/run/reflector-places.ts';
import { runTargets } from '../../../probe/run/run-targets.ts';
import { Slots } from '../../../probe/run/slots.ts';
import type { ReflectorDescriptor } from '../../../shared/model/index.ts';

const REFLECTOR: ReflectorDescriptor = {
  name: 'mirror.example',
  addresses: ['11.0.0.3'],
  tlsPort: 443,
  httpPort: 80,
  morePorts: [8443],
  spkiSha256: [],
};
const never = new AbortController().signal;

/** A clock that passes only by being waited on. */
function places(): { places: ReflectorPlaces; now: () => number; waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  const sleep = async (ms: number, signal?: AbortSignal): Promise<boolean> => {
    await after(0);
    if (signal?.aborted === true) return false;
    now += ms / 1000;
    return true;
  };
  const onWait = (_: number, seconds: number): void => void waits.push(seconds);
  return {
    places: new ReflectorPlaces([REFLECTOR], { now: () => now, sleep }, onWait),
    now: () => now,
    waits,
  };
}

test('one holder per port, the next in line after it; a second port is not waited for', async () => {
  const { places: p } = places();
  const first = await p.acquire('tls', never);
  const second = await p.acquire('tls', never);
  expect([first?.place.endpoint.port, second?.place.endpoint.port]).toEqual([443, 8443]);
  const third = p.acquire('tls', never);
  first!.release();
  expect((await third)?.place.endpoint.port).toBe(443);
});

test('a punished place is left alone, looked at after 60 and 185 s, and then given up', async () => {
  const { places: p, now, waits } = places();
  const held = await p.acquire('tls', never);
  p.died(held!.place);
  held!.release();
  const other = await p.acquire('tls', never);
  expect(other!.place.endpoint.port).toBe(8443);
  p.died(other!.place);
  other!.release();
  const looks: number[] = [];
  for (let look = await p.acquire('tls', never); look !== null; look = await p.acquire('tls', never)) {
    expect(look.probation).toBe(true);
    looks.push(now());
    p.died(look.place);
    look.release();
  }
  expect(looks).toEqual([60, 60, 185, 185]);
  expect(waits).toEqual([60, 125]);
});

test('what punishes the client punishes every place, and one that is alive speaks for all', async () => {
  const { places: p } = places();
  const held = await p.acquire('tls', never);
  p.diedEverywhere(held!.place);
  held!.release();
  expect(p.clientWide).toBe(true);
  const look = await p.acquire('tls', never);
  expect(look!.probation).toBe(true);
  p.alive(look!.place, 0.05);
  // One name at a time from then on, whichever port.
  const next = p.acquire('http', never);
  expect(await Promise.race([next, after(20, 'waits')])).toBe('waits');
  look!.release();
  expect((await next)?.probation).toBe(false);
});

test('an aborted waiter gives up', async () => {
  const { places: p } = places();
  const stop = new AbortController();
  await p.acquire('tls', never);
  await p.acquire('tls', never);
  const waiting = p.acquire('tls', stop.signal);
  stop.abort();
  expect(await waiting).toBeNull();
});

test('a slot that is lent while its owner waits carries others, and comes back before new ones', async () => {
  const order: string[] = [];
  const slots = new Slots(1);
  const first = slots.run(async (slot) => {
    order.push('first');
    await slot.yield(() => after(30));
    order.push('first again');
  });
  const second = slots.run(async () => {
    order.push('second');
    await after(60);
  });
  const third = slots.run(() => Promise.resolve(void order.push('third')));
  await Promise.all([first, second, third]);
  expect(order).toEqual(['first', 'second', 'first again', 'third']);
});

test('a run ends when its background has ended, and not before', async () => {
  const ended: number[] = [];
  const end = await runTargets(
    [1, 2, 3],
    async (n, _, slot) => {
      await slot.yield(() => after(n === 1 ? 80 : 5));
      ended.push(n);
    },
    { concurrency: 1, maxBytes: Number.POSITIVE_INFINITY, bytesUsed: () => 0 },
    never,
  );
  expect(end).toEqual({ reason: 'done', finished: 3, left: 0 });
  expect(ended.at(-1)).toBe(1);
});

test('alone means alone', async () => {
  const line = new Line();
  const order: string[] = [];
  const measuring = line.measure(async () => {
    await after(20);
    order.push('measured');
  });
  const alone = line.alone(async () => {
    order.push('alone');
    await after(20);
    order.push('no more');
  });
  const late = line.measure(() => Promise.resolve(void order.push('late')));
  await Promise.all([measuring, alone, late]);
  expect(order).toEqual(['measured', 'alone', 'no more', 'late']);
});
