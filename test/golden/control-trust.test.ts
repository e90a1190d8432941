/** Whose word counts as the control's: the right key, about this name, at this time. Everything else is no control. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64, utf8 } from '../../shared/codec/base64.ts';
import { PAYLOAD_TYPES, preAuthEncoding } from '../../shared/codec/dsse.ts';
import { sign } from '../../shared/codec/ed25519.ts';
import type { ControlResponse, SignedControlReply } from '../../shared/model/index.ts';
import type { GoldenDocument } from './build.ts';
import { CONTROL_SEED } from './context.ts';
import { CONTROL_TIME, signControl } from './control.ts';
import { GOLDEN_DOCUMENTS } from './corpus.ts';
import { controlOf, judged, withKeys, withoutControl } from './judged.ts';

const RUNS = { numRuns: 20 } as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STRANGER = new Uint8Array(32).fill(99);

interface Controlled {
  readonly document: GoldenDocument;
  readonly reply: ControlResponse;
  readonly signed: SignedControlReply;
}

/** Documents whose verdict needs the control, so that losing it shows. */
const CONTROLLED: readonly Controlled[] = GOLDEN_DOCUMENTS.flatMap(({ document }) => {
  const [reply, signed] = [controlOf(document), document.test_keys.x_control_signed];
  if (signed === null || reply === null) return [];
  const [with_, without] = [document, withoutControl(document)].map((d) => JSON.stringify(judged(d).verdict));
  return with_ === without ? [] : [{ document, reply, signed }];
});
const anyControlled = fc.constantFrom(...CONTROLLED);
const ALONE = new Map(CONTROLLED.map((c) => [c, judged(withoutControl(c.document)).verdict]));

/** The control itself says and signs this instead. */
function resigned({ document, reply }: Controlled, change: Partial<ControlResponse>): GoldenDocument {
  const control = { ...reply, ...change };
  return withKeys(document, { control, x_control_signed: signControl(control) });
}
const withSignature = (
  { document, signed }: Controlled,
  change: Partial<SignedControlReply>,
): GoldenDocument => withKeys(document, { x_control_signed: { ...signed, ...change } });
const at = (ms: number): string => new Date(Date.parse(CONTROL_TIME) + ms).toISOString();

const flip = (text: string, bit: number): string => {
  const bytes = Uint8Array.from(fromBase64(text)!);
  const place = Math.floor(bit / 8) % bytes.length;
  bytes[place] = bytes[place]! ^ (1 << (bit % 8));
  return toBase64(bytes);
};

/** Each makes a reply that must not count. */
const SPOILED: Readonly<Record<string, (c: Controlled, chance: number) => GoldenDocument>> = {
  'is not signed': ({ document }) => withKeys(document, { x_control_signed: null }),
  'is signed by a stranger': ({ document, reply }) =>
    withKeys(document, { x_control_signed: signControl(reply, STRANGER) }),
  'is signed by a stranger in the name of the control': (c) =>
    withSignature(c, { sig: signControl(c.reply, STRANGER).sig }),
  'has one bit of its signature flipped': (c, chance) =>
    withSignature(c, { sig: flip(c.signed.sig, chance) }),
  'has no signature that can be read': (c) => withSignature(c, { sig: 'none' }),
  'is signed as something else': (c) => {
    const { measurement } = PAYLOAD_TYPES;
    const sig = sign(preAuthEncoding(measurement, utf8(c.signed.payload)), CONTROL_SEED);
    return withSignature(c, { payloadType: measurement, sig: toBase64(sig) });
  },
  'was changed after signing': ({ document, reply }) =>
    withKeys(document, { control: { ...reply, dns: { failure: null, addrs: ['11.99.0.1'] } } }),
  'was added to after signing': ({ document, reply }) =>
    withKeys(document, { control: { ...reply, x_more: true } as ControlResponse }),
  'is about another site': (c) =>
    resigned(c, { x_request: { http_request: 'https://somebody-else.example/', tcp_connect: [] } }),
  'is about another page of the site': (c) =>
    resigned(c, { x_request: { http_request: `${c.document.input}other`, tcp_connect: [] } }),
  'does not say what was asked': ({ document, reply }) => {
    const { x_request: _asked, ...rest } = reply;
    return withKeys(document, { control: rest, x_control_signed: signControl(rest) });
  },
  'is of another day': (c, chance) =>
    resigned(c, { x_time: at((chance % 2 === 0 ? 1 : -1) * (DAY_MS + (chance % 60) * DAY_MS)) }),
  'is some hours old': (c, chance) => resigned(c, { x_time: at(-3 * HOUR_MS - (chance % DAY_MS)) }),
  'has no time': ({ document, reply }) => {
    const { x_time: _time, ...rest } = reply;
    return withKeys(document, { control: rest, x_control_signed: signControl(rest) });
  },
  'has a time without a zone': (c) => resigned(c, { x_time: CONTROL_TIME.replace('Z', '') }),
  'has a time that nobody can read': (c) => resigned(c, { x_time: 'this morning' }),
};

const ABOUT_ANOTHER_TIME: ReadonlySet<string> = new Set(['is of another day', 'is some hours old']);

describe('a control reply counts as absent when it', () => {
  test.each(Object.entries(SPOILED))('%s', (why, spoil) => {
    fc.assert(
      fc.property(anyControlled, fc.nat(), (controlled, chance) => {
        const { verdict } = judged(spoil(controlled, chance));
        // Honest words about another day: the one thing that they do show is that this device's clock is wrong.
        const rules = verdict.rules.filter(({ id }) => id !== 'local.clock_wrong');
        const alone = ALONE.get(controlled)!;
        expect(rules).toEqual(alone.rules);
        if (rules.length === verdict.rules.length) expect(verdict).toEqual(alone);
        else expect(verdict.outcome).toBe('local');
        if (!ABOUT_ANOTHER_TIME.has(why)) expect(verdict).toEqual(alone);
      }),
      RUNS,
    );
  });
});

describe('a control reply counts when it', () => {
  const same = (controlled: Controlled, other: GoldenDocument): void => {
    expect(judged(other).verdict).toEqual(judged(controlled.document).verdict);
  };

  test('is of the same hour', () => {
    fc.assert(
      fc.property(anyControlled, fc.integer({ min: -HOUR_MS, max: HOUR_MS }), (controlled, ms) => {
        same(controlled, resigned(controlled, { x_time: at(ms) }));
      }),
      RUNS,
    );
  });

  test('asked for the same page, its fragment aside', () => {
    for (const controlled of CONTROLLED) {
      const asked = { http_request: `${controlled.document.input}#part`, tcp_connect: [] };
      same(controlled, resigned(controlled, { x_request: asked }));
    }
  });

  test('is any of those that make a difference here', () => {
    expect(CONTROLLED.length).toBeGreaterThan(40);
  });
});
