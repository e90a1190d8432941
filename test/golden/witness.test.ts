/** What works in another owner's network: what has to be so before it says anything of this one. */
import { describe, expect, test } from 'vitest';
import { judgeMeasurement } from '../../shared/judge/index.ts';
import type { Beside, Verdict } from '../../shared/model/index.ts';
import type { GoldenDocument } from './build.ts';
import { chains } from './chains.ts';
import { ASN, GOLDEN_CONTEXT } from './context.ts';
import { CONTROL_TIME, signControl } from './control.ts';
import { controlOf, withKeys, withoutControl } from './judged.ts';
import { HOST, OTHER_IP } from './scenes.ts';
import {
  elsewhere,
  OWN,
  RIVAL,
  silentHere,
  witnessId,
  type SilentSays,
  type WitnessSays,
} from './witnesses.ts';

const SILENCE = 'generic_timeout_error';
const RULE = 'tcp.works_on_other_network';

function judge(document: GoldenDocument, beside: Beside = document.beside ?? {}) {
  const judged = judgeMeasurement(document, GOLDEN_CONTEXT, beside);
  if ('problems' in judged) throw new Error(JSON.stringify(judged.problems));
  return judged;
}
const says = ({ outcome, method, evidence, scope }: Verdict) => [outcome, method, evidence, scope.level];
const CONFIRMED = ['interfered', 'tcp.timeout', 'confirmed', 'address'];
const SUSPECTED = ['suspected', 'tcp.timeout', 'weak', 'host'];

const verdictWith = (witness: WitnessSays, silent: SilentSays = {}) =>
  says(judge(silentHere([elsewhere(witness)], silent)).verdict);

describe('a witness on a network of another owner', () => {
  test('confirms what failed here, and is named by its measurement', () => {
    const { verdict, witnesses, silent, reached, observations } = judge(silentHere([elsewhere()]));
    expect(says(verdict)).toEqual(CONFIRMED);
    expect(verdict.alternatives).toEqual([
      'origin_filters_network',
      'route_broken',
      'punished_on_every_port',
    ]);
    expect(witnesses.map((w) => [w.measurementId, w.asn, w.handshake.vantage])).toEqual([
      [witnessId(1), ASN.other, 'witness'],
    ]);
    expect(silent).toEqual({ asn: ASN.own, places: [{ address: '11.0.0.10', port: 443 }] });
    expect(reached).toBeNull();
    expect(observations.every((o) => o.vantage !== 'witness')).toBe(true);
  });

  test('counts up to the hour, in either direction, roundings included', () => {
    for (const minutesLater of [-50, -10, 0, 50])
      expect([minutesLater, verdictWith({ minutesLater })]).toEqual([minutesLater, CONFIRMED]);
    for (const minutesLater of [-120, -60, 60, 120])
      expect([minutesLater, verdictWith({ minutesLater })]).toEqual([minutesLater, SUSPECTED]);
  });

  const STATED = { cc: 'KZ', asn: ASN.other } as const;
  test.each<[string, WitnessSays]>([
    ['is of the same owner', { network: { asn: ASN.ownToo, stated: { cc: 'KZ', asn: ASN.ownToo } } }],
    ['is of the very network', { network: OWN }],
    ['hosts machines', { network: { asn: ASN.hosting, stated: { cc: 'KZ', asn: ASN.hosting } } }],
    ['is nobody’s on record', { network: { asn: 64_599, stated: { cc: 'KZ', asn: 64_599 } } }],
    ['is in another country', { network: { asn: ASN.other, stated: { cc: 'RU', asn: ASN.other } } }],
    ['is only said by the probe itself', { network: { asn: ASN.other } }],
    ['lies behind a tunnel', { network: { ...RIVAL, tunnel: true } }],
    ['has a device with a wrong clock', { network: { ...RIVAL, clockOffsetMinutes: 45 } }],
    ['reached another address', { address: OTHER_IP }],
    ['reached port 80 only', { plain: true }],
    ['was shown a chain of somebody else', { chain: chains.trusted('somebody-else.example') }],
    ['was shown a chain that nobody trusts', { chain: chains.unknown(HOST) }],
  ])('says nothing where it %s', (_, witness) => {
    expect(verdictWith({ network: { asn: ASN.other, stated: STATED } })).toEqual(CONFIRMED);
    expect(verdictWith(witness)).toEqual(SUSPECTED);
  });

  test('says nothing when its statement was altered, or it is no measurement of ours', () => {
    const good = elsewhere();
    const signed = { ...good.x_network_signed!, payload: good.x_network_signed!.payload.replace('KZ', 'kz') };
    for (const bad of [
      { ...good, x_network_signed: signed },
      { ...good, software_name: 'other' },
    ])
      expect(says(judge(silentHere([bad])).verdict)).toEqual(SUSPECTED);
  });

  test('must have made the handshake for its target itself, and completed it', () => {
    const good = elsewhere();
    const { tls_handshakes: handshakes } = good.test_keys;
    const inPair = handshakes.map((h) => ({ ...h, tags: ['x:cf:p1'] }));
    const cut = handshakes.map((h) => ({ ...h, failure: 'connection_reset' }));
    const unnamed = handshakes.map((h) => ({ ...h, server_name: '' }));
    for (const tls_handshakes of [inPair, cut, unnamed, []])
      expect(says(judge(silentHere([withKeys(good, { tls_handshakes })])).verdict)).toEqual(SUSPECTED);
  });
});

describe('what was measured here', () => {
  test.each<[string, SilentSays]>([
    ['our own server was silent before', { mirror: [SILENCE, undefined] }],
    ['our own server was silent after', { mirror: [undefined, SILENCE] }],
  ])('is no accusation, nor a suspicion, where %s', (_, silent) => {
    expect(verdictWith({}, silent)[0]).toBe('insufficient');
  });

  test.each<[string, SilentSays]>([
    ['a network that nobody signed', { network: { asn: ASN.own } }],
    ['a hosting network', { network: { asn: ASN.hosting, stated: { cc: 'KZ', asn: ASN.hosting } } }],
  ])('is none from %s', (_, silent) => {
    expect(verdictWith({}, silent)[0]).not.toBe('interfered');
  });

  const document = silentHere([elsewhere()]);
  const { x_counterfactuals: pairs, tcp_connect: connects } = document.test_keys;
  test.each<[string, GoldenDocument]>([
    ['without the pair', withKeys(document, { x_counterfactuals: [] })],
    ['tried once', withKeys(document, { tcp_connect: connects.slice(1) })],
    [
      'with a pair made at another address than the reflector’s',
      withKeys(document, {
        x_reflectors: [{ ...document.test_keys.x_reflectors[0]!, addresses: [OTHER_IP] }],
      }),
    ],
    [
      'with a pair that a stranger’s server is the reflector of',
      withKeys(document, { x_counterfactuals: pairs.map((p) => ({ ...p, reflector: 'strange.example' })) }),
    ],
    [
      'with a pair in another order',
      withKeys(document, {
        x_counterfactuals: pairs.map((p) => ({ ...p, steps: [p.steps[1]!, p.steps[0]!, p.steps[2]!] })),
      }),
    ],
    [
      'that connected in the pair',
      withKeys(document, {
        tcp_connect: connects.map((o, i) =>
          i === 3 ? { ...o, status: { failure: null, success: true } } : o,
        ),
      }),
    ],
  ])('%s is not confirmed', (_, changed) => {
    expect(judge(changed).verdict.rules.map((r) => r.id)).not.toContain(RULE);
    expect(judge(changed).silent).toBeNull();
  });

  test('is not confirmed without a control', () => {
    expect(judge(withoutControl(document)).verdict.rules.map((r) => r.id)).not.toContain(RULE);
  });

  test('over IPv6 alone, beside IPv4 that fails too, is left to the line', () => {
    const v6 = '3ffe:7::10';
    const both = withKeys(document, {
      tcp_connect: connects
        .map((o) => (o.ip === '11.0.0.10' ? { ...o, ip: v6 } : o))
        .concat(connects.slice(0, 1)),
    });
    const witness = elsewhere({ address: v6 });
    expect(
      judge(both, { witnesses: [{ measurementId: witnessId(1), document: witness }] }).silent,
    ).toBeNull();
  });
});

describe('an address that is punished for another name', () => {
  const REFUSED = 'connection_refused';
  test('is told by the pause, or by the port that nobody serves', () => {
    expect(verdictWith({})).toEqual(CONFIRMED);
  });

  test.each<[string, SilentSays]>([
    ['nobody waited', { pause: null }],
    ['this probe had said that name a minute before', { pause: { after: 60, quiet: 60 } }],
    ['the longest punishment that is known may not have been over', { pause: { after: 185, quiet: 185 } }],
    ['the probe says nothing of how long it sent nothing', { pause: { quiet: null } }],
    ['another target of the run had said a name there meanwhile', { pause: { quiet: 20 } }],
    ['its own last try was too near, whatever it says', { pause: { after: 100 } }],
    ['another pair was made there meanwhile', { pause: { sentBefore: 90 } }],
    ['it ended otherwise after the pause', { pause: { late: REFUSED } }],
    ['our own server was silent after the pause', { pause: { mirror: [SILENCE, null] } }],
    ['our own server was silent after the late try', { pause: { mirror: [null, SILENCE] } }],
    // The neighbour's: nothing that is said at port 443 reaches a port at which nothing can be said.
    ['the port that nobody serves refuses here too', { pause: { closed: REFUSED } }],
    ['the port that nobody serves connects here', { pause: { closed: null } }],
    ['that port is silent everywhere from this line', { pause: { ownClosed: SILENCE } }],
    ['that port was another one, where names can be said', { pause: { port: 8443 } }],
    ['the control was not asked about that port', { controlClosed: 'unasked' }],
    ['that port is silent for the control too', { controlClosed: SILENCE }],
    ['somebody serves that port, so that a name can be said there', { controlClosed: null }],
    ['sites of others are known there', { siblings: ['neighbour-one.example'] }],
    // A refused connect looks the same at any closed port.
    ['it refuses', { failure: REFUSED }],
  ])('is never accused by a witness where %s', (_, silent) => {
    const { verdict, silent: waits } = judge(silentHere([elsewhere()], silent));
    expect(verdict.outcome).toBe('suspected');
    expect(verdict.rules.map((r) => r.id)).not.toContain(RULE);
    expect(waits).toBeNull();
  });

  test('is never accused where it answered after the pause', () => {
    expect(judge(silentHere([elsewhere()], { pause: { late: null } })).verdict.outcome).not.toBe(
      'interfered',
    );
  });

  test('other names of the same owner at the address are no neighbours', () => {
    expect(verdictWith({}, { siblings: [`www.${HOST}`] })).toEqual(CONFIRMED);
  });

  test('is not accused on a diary’s word, which never asks about that port', () => {
    const document = silentHere([elsewhere()], { controlClosed: 'unasked' });
    const reply = controlOf(document)!;
    const entry = (hours: number) =>
      signControl({ ...reply, x_time: new Date(Date.parse(CONTROL_TIME) + hours * 3_600_000).toISOString() });
    const { verdict } = judge(withoutControl(document), { ...document.beside, diary: [entry(-1), entry(1)] });
    expect(verdict).toMatchObject({ outcome: 'suspected', method: 'tcp.timeout' });
  });
});

describe('several witnesses', () => {
  const at = (minutesLater: number, n: number) => ({
    measurementId: witnessId(n),
    document: elsewhere({ minutesLater }),
  });
  const all = [at(-40, 1), at(10, 2), at(30, 3), at(10, 4), at(0, 5)];
  const document = silentHere([]);

  test('the three nearest count, ties by id, in whatever order they are given', () => {
    const used = (witnesses: Beside['witnesses']) =>
      judge(document, { witnesses: witnesses ?? [] }).witnesses.map((w) => w.measurementId);
    const wanted = [2, 4, 5].map(witnessId);
    expect(used(all)).toEqual(wanted);
    expect(used([...all].reverse())).toEqual(wanted);
    expect(used([...all, ...all])).toEqual(wanted);
  });

  test('those that a verdict rests on give it again by themselves; fewer, or another, do not', () => {
    const { verdict, witnesses } = judge(document, { witnesses: all });
    const kept = all.filter((w) => witnesses.some((used) => used.measurementId === w.measurementId));
    expect(judge(document, { witnesses: kept }).verdict).toEqual(verdict);
    expect(judge(document, { witnesses: kept.slice(1) }).verdict).not.toEqual(verdict);
    const exchanged = [at(10, 9), ...kept.slice(1)];
    expect(judge(document, { witnesses: exchanged }).verdict).not.toEqual(verdict);
  });

  test('junk beside a measurement changes nothing', () => {
    const junk: readonly unknown[] = [null, 7, [], {}, { test_keys: {} }, { ...elsewhere(), test_keys: [] }];
    const witnesses = junk.map((each, i) => ({ measurementId: witnessId(i + 1), document: each }));
    expect(says(judge(document, { witnesses }).verdict)).toEqual(SUSPECTED);
  });
});

test('a witness says where it was, for others', () => {
  const { reached, silent } = judge(elsewhere());
  expect(reached).toEqual({ asn: ASN.other, places: [{ address: '11.0.0.10', port: 443 }] });
  expect(silent).toBeNull();
});
