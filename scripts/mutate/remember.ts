/** Signatures and the reading of documents take most of the tests' time and are not what is mutated: each is done once. */
import { vi } from 'vitest';
import { toHex } from '../../shared/codec/base64.ts';
import type * as codecs from '../../shared/codec/ed25519.ts';
import type { Observation } from '../../shared/model/index.ts';
import type * as observing from '../../shared/observe/index.ts';

type Codec = typeof codecs;
type Observe = typeof observing;

function remembered<K extends readonly unknown[], V>(make: (...input: K) => V, key: (...input: K) => string) {
  const known = new Map<string, V>();
  return (...input: K): V => {
    const name = key(...input);
    if (!known.has(name)) known.set(name, make(...input));
    return known.get(name)!;
  };
}

vi.mock('../../shared/codec/ed25519.ts', async (original) => {
  const codec = await original<Codec>();
  return {
    ...codec,
    verify: remembered(codec.verify, (...parts) => parts.map(toHex).join(' ')),
    sign: remembered(codec.sign, (...parts) => parts.map(toHex).join(' ')),
  };
});

/** Rules remember by handshake and certificate: with the same ones again, they would remember the mutant before. */
const madeAnew = (o: Observation): Observation =>
  o.kind === 'tls' ? { ...o, chain: o.chain.map((der) => der.slice()) } : { ...o };

/** By content, for documents made anew in each test; whoever holds a document long is asked for its content once. */
const contents = new WeakMap<object, string>();
function contentOf(document: unknown): string {
  if (typeof document !== 'object' || document === null) return JSON.stringify(document) ?? '';
  const known = contents.get(document) ?? JSON.stringify(document);
  contents.set(document, known);
  return known;
}

vi.mock('../../shared/observe/index.ts', async (original) => {
  const room = await original<Observe>();
  const known = new WeakMap<object, Map<string, ReturnType<Observe['observe']>>>();
  const observe: Observe['observe'] = (measurement, document, context, beside = {}) => {
    const here = known.get(context) ?? new Map<string, ReturnType<Observe['observe']>>();
    known.set(context, here);
    const key = `${contentOf(document)} ${JSON.stringify(beside)}`;
    const observed = here.get(key) ?? room.observe(measurement, document, context, beside);
    here.set(key, observed);
    return { ...observed, observations: observed.observations.map(madeAnew) };
  };
  return { ...room, observe };
});
