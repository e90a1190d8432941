/** A measurement without a live control, between two agreeing entries of the diary, is judged as with it, but for `confirmed`. */
import { describe, expect, it } from 'vitest';
import { judgeMeasurement } from '../../shared/judge/index.ts';
import type { ControlResponse, SignedControlReply, Verdict } from '../../shared/model/index.ts';
import type { GoldenDocument } from './build.ts';
import { GOLDEN_CONTEXT } from './context.ts';
import { CONTROL_TIME, signControl } from './control.ts';
import { GOLDEN_DOCUMENTS } from './corpus.ts';
import { controlOf, judged, withoutControl } from './judged.ts';

const HOUR_MS = 3_600_000;
const at = (hours: number): string => new Date(Date.parse(CONTROL_TIME) + hours * HOUR_MS).toISOString();

/** Where the control has no say, a diary has none; where the device's clock is off, it must not have any. */
const CONTROLLED = GOLDEN_DOCUMENTS.flatMap(({ document }) => {
  const reply = controlOf(document);
  const { controlSource, network } = judged(document).case;
  if (reply === null || controlSource !== 'live' || Math.abs(network.clockOffsetMinutes ?? 0) > 20) return [];
  const [live, alone] = [judged(document).verdict, judged(withoutControl(document)).verdict];
  return JSON.stringify(live) === JSON.stringify(alone) ? [] : [{ document, reply, live, alone }];
});

/** Enough where each is judged many times over. */
const SOME = CONTROLLED.filter((_, i) => i % 7 === 0);

const entry = (reply: ControlResponse, hours: number): SignedControlReply =>
  signControl({ ...reply, x_time: at(hours) });
function withDiary(document: GoldenDocument, diary: readonly SignedControlReply[]) {
  const result = judgeMeasurement(withoutControl(document), GOLDEN_CONTEXT, { ...document.beside, diary });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result;
}
const cappedAt = (verdict: Verdict, alone: Verdict): string | null =>
  verdict.evidence === 'confirmed' && alone.evidence !== 'confirmed' ? 'strong' : verdict.evidence;

describe('a diary in place of a live control', () => {
  it('gives the same finding, and confirms nothing that is not confirmed without it', () => {
    expect(CONTROLLED.length).toBeGreaterThan(40);
    for (const { document, reply, live, alone } of CONTROLLED) {
      const { verdict, controlSource, diary } = withDiary(document, [entry(reply, 1), entry(reply, -1)]);
      expect(controlSource).toBe('diary');
      expect(diary).toEqual([entry(reply, -1), entry(reply, 1)]);
      const { outcome, layer, method, cause, authority, scope } = live;
      expect(verdict).toMatchObject({ outcome, layer, method, cause, authority, scope });
      expect(verdict.evidence).toBe(cappedAt(live, alone));
      const fired = (v: Verdict) => v.rules.map(({ id, outcome: o }) => `${id} ${o}`).sort();
      expect(fired(verdict)).toEqual(fired(live));
      // What a rule confirms by itself is left to it; everything else stops at strong.
      for (const rule of verdict.rules.filter((r) => r.evidence === 'confirmed'))
        expect(alone.rules).toContainEqual(expect.objectContaining({ id: rule.id, evidence: 'confirmed' }));
    }
  });

  it('is no control when it has one side only, or its entries differ', () => {
    for (const { document, reply, alone } of SOME) {
      const other: ControlResponse = { ...reply, dns: { failure: 'dns_server_failure', addrs: [] } };
      const useless = [
        [entry(reply, -1)],
        [entry(reply, 1)],
        [entry(reply, -1), entry(reply, 0)],
        [entry(reply, -3), entry(reply, 3)],
        [entry(reply, -1), entry(other, 1)],
        [entry(other, -1), entry(reply, 1)],
      ];
      for (const diary of useless.slice(0, reply.dns.failure === 'dns_server_failure' ? 4 : 6)) {
        const result = withDiary(document, diary);
        expect(result.verdict).toEqual(alone);
        expect([result.controlSource, result.diary]).toEqual([null, []]);
      }
    }
  });

  it('has no say where there is a live one', () => {
    for (const { document, reply, live } of SOME) {
      const gone: ControlResponse = { ...reply, dns: { failure: 'dns_nxdomain_error', addrs: [] } };
      const result = judgeMeasurement(document, GOLDEN_CONTEXT, {
        diary: [entry(gone, -1), entry(gone, 1)],
      });
      expect(result).toMatchObject({ verdict: live, controlSource: 'live', diary: [] });
    }
  });
});
