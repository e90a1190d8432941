/** A try after a pause: what it waits for, and when it says nothing. The net is a clock and a list of what was sent. */
import { expect, test } from 'vitest';
import type { Endpoint, Net, TcpResult } from '../../../probe/net/net.ts';
import type { PlannedPair } from '../../../probe/plan/pairs.ts';
import { createRecorder } from '../../../probe/experiments/recorder.ts';
import { Contacts } from '../../../probe/run/contacts.ts';
import { EndpointLocks } from '../../../probe/run/endpoint-locks.ts';
import { Line } from '../../../probe/run/line.ts';
import { ReflectorPlaces } from '../../../probe/run/reflector-places.ts';
import { runPair, type PairRoom } from '../../../probe/run/run-pair.ts';
import { CLOSED_PORT } from '../../../shared/model/index.ts';
import { REFLECTOR } from '../plan/worlds.ts';

const SITE: Endpoint = { address: '11.0.0.10', port: 443 };
const OWN: Endpoint = { address: '11.0.0.3', port: 443 };
const SILENCE = 'generic_timeout_error';
const CONNECT_S = 10;

const closed = ({ address }: Endpoint): Endpoint => ({ address, port: CLOSED_PORT });
const step = (name: string, endpoint: Endpoint) => ({ protocol: 'tcp', name, endpoint }) as const;
const PAIR: PlannedPair = {
  kind: 'tcp.after_pause',
  where: 'reflector',
  reflector: REFLECTOR,
  place: null,
  innocuous: REFLECTOR.name,
  suspect: 'site.example',
  steps: [
    step(REFLECTOR.name, OWN),
    step('site.example', SITE),
    step(REFLECTOR.name, OWN),
    step('site.example', closed(SITE)),
    step(REFLECTOR.name, closed(OWN)),
  ],
  order: 'in_turn',
  suspicion: null,
  suspectedAt: 0,
};

interface Says {
  /** When another target of the run sends something to the address. Seconds. */
  readonly others?: readonly number[];
  /** Connects to the site. */
  readonly site?: string | null;
  readonly closed?: string | null;
  readonly control?: boolean;
}

/** Runs the pair; what was recorded, and when each connect of the pair began. */
async function run({ others = [], site = SILENCE, closed: atClosed = SILENCE, control = true }: Says = {}) {
  let now = 0;
  const begun: (readonly [string, number, number])[] = [];
  const failureAt = ({ address, port }: Endpoint): string | null => {
    if (address === OWN.address) return port === CLOSED_PORT ? 'connection_refused' : null;
    return port === CLOSED_PORT ? atClosed : site;
  };
  const timers: { readonly at: number; readonly go: () => void }[] = [];
  /** Once nothing else is left to do, whoever waits for the earliest moment goes on. */
  const tick = (): void => {
    timers.sort((a, b) => a.at - b.at);
    const first = timers.shift()!;
    now = Math.max(now, first.at);
    first.go();
  };
  const until = (at: number): Promise<void> =>
    new Promise((go) => {
      timers.push({ at, go });
      setImmediate(tick);
    });
  const net = {
    now: () => now,
    sleep: async (ms: number) => {
      await until(now + ms / 1000);
      return true;
    },
    tcpConnect: async (endpoint: Endpoint): Promise<TcpResult> => {
      const [t0, failure] = [now, failureAt(endpoint)];
      if (endpoint.port === 80)
        return { endpoint, connection: null, failure: SILENCE, detail: null, t0, t: now };
      begun.push([endpoint.address, endpoint.port, t0]);
      if (failure === SILENCE) await until(now + CONNECT_S);
      const connection = failure === null ? { endpoint, close: () => undefined } : null;
      return { endpoint, connection, failure, detail: null, t0, t: now };
    },
  } as unknown as Net;
  const never = new AbortController().signal;
  const contacts = new Contacts(net);
  const recorder = createRecorder(contacts.net.now, null);
  const asked: (readonly Endpoint[])[] = [];
  const told: number[] = [];
  for (const at of others) void until(at).then(() => contacts.net.tcpConnect({ ...SITE, port: 80 }, never));
  const room = {
    session: { tools: { net: contacts.net }, recorder, signal: never },
    places: new ReflectorPlaces([REFLECTOR], net),
    line: new Line(),
    locks: new EndpointLocks(),
    contacts,
    onPause: (seconds: number) => told.push(seconds),
    slot: { yield: <T>(wait: () => Promise<T>) => wait() },
    nextId: () => 'p1',
    waiting: never,
    askControlAgain: (endpoints: readonly Endpoint[]) => {
      asked.push(endpoints);
      return Promise.resolve(control);
    },
  } as unknown as PairRoom;
  await runPair(PAIR, room);
  const [record] = recorder.testKeys().x_counterfactuals;
  return { record: record!, begun, asked, told };
}

test('waits until the longest punishment that is known is over, and asks the control anew', async () => {
  const { record, begun, asked, told } = await run();
  expect(record).toMatchObject({ kind: 'tcp.after_pause', quiet_s: 186 });
  expect(record.steps).toHaveLength(5);
  expect(told).toEqual([186]);
  expect(begun.map(([address, port]) => [address, port])).toEqual(
    [OWN, SITE, OWN, closed(SITE), closed(OWN)].map(({ address, port }) => [address, port]),
  );
  expect(begun[1]![2]).toBeGreaterThan(185);
  expect(asked).toEqual([[SITE, closed(SITE)]]);
});

test('begins to wait anew when another target of the run sends something to that address', async () => {
  const { record, begun } = await run({ others: [100] });
  expect(begun[1]![2]).toBeGreaterThan(100 + 185);
  expect(record).toMatchObject({ quiet_s: 186 });
});

test('gives up where others never stop', async () => {
  const { record, begun } = await run({ others: Array.from({ length: 20 }, (_, i) => i * 60) });
  expect(record.steps).toEqual([]);
  expect(record.quiet_s).toBeUndefined();
  expect(begun).toEqual([]);
});

test('says nothing of a try during which something else was sent there', async () => {
  const { record } = await run({ others: [190] });
  expect(record.quiet_s).toBeUndefined();
});

test('is not made without the control’s new word', async () => {
  const { record, begun } = await run({ control: false });
  expect(record.steps).toEqual([]);
  expect(begun).toEqual([]);
});

test('ends where the address answers, before the closed port is tried', async () => {
  const { begun } = await run({ site: null });
  expect(begun.map(([address]) => address)).toEqual([OWN.address, SITE.address]);
});

test('what a run before this one sent is not known: the pause begins with the run', () => {
  let now = 50;
  const contacts = new Contacts({ now: () => now } as unknown as Net);
  now = 60;
  expect(contacts.lastAt('11.0.0.10')).toBe(50);
  expect(contacts.times('11.0.0.10')).toBe(0);
});
