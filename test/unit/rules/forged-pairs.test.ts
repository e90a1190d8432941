/** Honest operations told as another pair than they were made for: whoever only rearranges what happened proves nothing. */
import { describe, expect, it } from 'vitest';
import { judgeCase } from '../../../shared/judge/index.ts';
import type { CounterfactualRecord, Verdict } from '../../../shared/model/index.ts';
import { draft, type Draft, type GoldenDocument } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { GOLDEN_CONTEXT } from '../../golden/context.ts';
import { atReflector, FAST } from '../../golden/downloads.ts';
import { withKeys } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_ANSWER,
  MIRROR_CHAIN,
  MIRROR_NOTE,
  names,
  OTHER_IP,
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';

const OTHER = 'another-site.example';

function judged(document: unknown): Verdict {
  const result = judgeCase(document, GOLDEN_CONTEXT);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.verdict;
}

type Change = (pair: CounterfactualRecord) => Partial<CounterfactualRecord>;

/** The same document with each record of a pair changed. */
function retold(document: GoldenDocument, change: Change): GoldenDocument {
  const pairs = document.test_keys.x_counterfactuals.map((p) => ({ ...p, ...change(p) }));
  return withKeys(document, { x_counterfactuals: pairs });
}

function dead(): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: 'generic_timeout_error' });
  return d;
}

const SILENT = 'generic_timeout_error';
const innocuousStep = (d: Draft) => tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
const suspectStep = (d: Draft) => tlsStep(d, 'reflector', { sni: HOST, failure: SILENT });

/** Control, suspicion, control, honestly made. */
function honest(): GoldenDocument {
  const d = dead();
  d.pair(AT_MIRROR('tls.sni_at_reflector'), innocuousStep(d), suspectStep(d), innocuousStep(d));
  return d.document();
}

/** Downloads with one name are slow; the page itself came at once. */
const slowDownloads = (): GoldenDocument => atReflector(FAST, { seconds: 6 }).document();

describe('a pair at the reflector', () => {
  it('accuses as it was made', () => {
    expect(judged(honest())).toMatchObject({ outcome: 'interfered', evidence: 'confirmed' });
    expect(judged(slowDownloads())).toMatchObject({ outcome: 'interfered', evidence: 'confirmed' });
  });

  it.each<[string, Change]>([
    ['about an operation that the target never made', () => ({ suspicion: 999 })],
    ['about an operation of a pair', (p) => ({ suspicion: p.steps[0]! })],
    ['told as one about another name', () => ({ suspect: OTHER })],
    ['told with another innocuous name', () => ({ innocuous: OTHER })],
    ['with further steps', (p) => ({ steps: [...p.steps, 900, 901] })],
    [
      'with a step that is its own punishment',
      (p) => ({ residual: { scope: 'client', seconds: 60, steps: [p.steps[1]!] } }),
    ],
  ])('%s: accuses nobody', (_what, change) => {
    expect(judged(retold(honest(), change)).outcome).not.toBe('interfered');
  });

  it('begun ten minutes after the suspicion, whatever distance it says: accuses nobody', () => {
    const document = honest();
    const [own] = document.test_keys.tls_handshakes;
    const suspicion = own!.transaction_id!;
    const later = (seconds: number): GoldenDocument => {
      const handshakes = document.test_keys.tls_handshakes.map((h) =>
        h === own ? h : { ...h, t0: h.t0! + seconds, t: h.t! + seconds },
      );
      return retold(withKeys(document, { tls_handshakes: handshakes }), () => ({ suspicion }));
    };
    expect(judged(later(0)).outcome).toBe('interfered');
    expect(judged(later(700)).outcome).not.toBe('interfered');
  });

  it('whose steps were made in another order: accuses nobody', () => {
    const document = honest();
    const [own, before, ...rest] = document.test_keys.tls_handshakes;
    const late = { ...before!, t0: before!.t0! + 300, t: before!.t! + 300 };
    expect(judged(withKeys(document, { tls_handshakes: [own!, late, ...rest] })).outcome).not.toBe(
      'interfered',
    );
  });

  it('and another record of the same operations: neither accuses', () => {
    const document = honest();
    const [pair] = document.test_keys.x_counterfactuals;
    const twice = withKeys(document, { x_counterfactuals: [pair!, pair!] });
    expect(judged(twice).outcome).not.toBe('interfered');
  });

  it('whose punished attempt passed: accuses nobody', () => {
    const d = dead();
    const passed = innocuousStep(d);
    const parts = { ...AT_MIRROR('tls.sni_at_reflector'), punished: [passed] };
    d.pair(parts, innocuousStep(d), suspectStep(d), innocuousStep(d));
    expect(judged(d.document()).outcome).not.toBe('interfered');
  });
});

describe('downloads', () => {
  it('of another name, told as the target’s: accuse nobody', () => {
    const document = slowDownloads();
    const handshakes = document.test_keys.tls_handshakes.map((h) =>
      h.server_name === HOST && h.tags!.some((t) => t.startsWith('x:cf:')) ? { ...h, server_name: OTHER } : h,
    );
    expect(judged(withKeys(document, { tls_handshakes: handshakes })).outcome).toBe('accessible');
  });

  it('of another page than the innocuous ones: accuse nobody', () => {
    const document = slowDownloads();
    const slow = (t0: number, t: number): boolean => t - t0 > 1;
    const requests = document.test_keys.requests.map((r) =>
      slow(r.t0!, r.t!) ? { ...r, request: { ...r.request, url: `https://${MIRROR}/other` } } : r,
    );
    expect(judged(withKeys(document, { requests })).outcome).toBe('accessible');
  });
});

describe('a reflector’s certificate at an address that the resolver gave', () => {
  const [MIRROR_IP = ''] = MIRROR_NOTE.addresses;
  function found(address: string, note: object): GoldenDocument {
    const d = draft(HTTPS_URL);
    d.lookup([address]);
    d.wire([address]);
    d.doh([IP]);
    d.tcp(address, 443);
    d.tls({ chain: chains.trusted('edge.example'), failure: 'ssl_invalid_hostname' });
    d.pair({ ...AT_SITE('dns.reflector_at_address'), innocuous: MIRROR, ...note }, () => {
      d.tcp(address, 443);
      d.tls({ chain: MIRROR_CHAIN, sni: MIRROR });
    });
    d.control(CONTROL_GETS_ALL);
    return d.document();
  }

  it('accuses where the reflector is known to stand elsewhere', () => {
    expect(judged(found(OTHER_IP, { beside: MIRROR_NOTE }))).toMatchObject({
      outcome: 'interfered',
      method: 'dns.wrong_address',
    });
  });

  it('accuses nobody at the reflector itself, nor where nobody says where it stands', () => {
    expect(judged(found(MIRROR_IP, { beside: MIRROR_NOTE })).outcome).not.toBe('interfered');
    expect(judged(found(OTHER_IP, {})).outcome).not.toBe('interfered');
  });
});

describe('a download at the site’s address compared with one at nobody’s', () => {
  it('is no suspicion', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, FRONT_PAGE);
    const fast = () => {
      d.tcp(OTHER_IP, 443);
      d.tls({ sni: MIRROR, chain: MIRROR_CHAIN });
      d.takes(0.2);
      d.http(`https://${MIRROR}/bytes`, { ...MIRROR_ANSWER, body: 'x'.repeat(FRONT_PAGE.body!.length) });
    };
    const slow = () => {
      d.tcp(IP, 443);
      d.tls({ chain: SITE_CHAIN });
      d.takes(9);
      d.http(HTTPS_URL, FRONT_PAGE);
    };
    const parts = { kind: 'throughput.site_at_address', suspect: HOST, innocuous: MIRROR } as const;
    d.pair({ ...parts, beside: MIRROR_NOTE }, fast, slow, fast, slow, fast, slow);
    d.control({ ...CONTROL_GETS_ALL, seconds: 0.2 });
    expect(judged(d.document()).outcome).toBe('accessible');
  });
});
