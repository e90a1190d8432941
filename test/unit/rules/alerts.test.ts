/** A TLS alert is a sign of life, of whoever sends it. To the innocuous name and the target's alike it tells nothing. */
import { describe, expect, test } from 'vitest';
import { draft } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, names, tlsStep } from '../../golden/scenes.ts';

const ALERT = 'ssl_failed_handshake';
const RESET = 'connection_reset';

/** At the site's own address: how every handshake for the target ends, and how the innocuous ones do. */
function outcome(target: string, before: string, after: string = before): unknown {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: target });
  d.pair(
    { kind: 'tls.sni_at_address', suspect: HOST, innocuous: 'example.com' },
    tlsStep(d, 'site', { sni: 'example.com', failure: before }),
    tlsStep(d, 'site', { sni: HOST, failure: target }),
    tlsStep(d, 'site', { sni: 'example.com', failure: after }),
  );
  d.control(CONTROL_GETS_ALL);
  const { verdict } = judged(d.document());
  return [verdict.outcome, verdict.method, verdict.evidence];
}

describe('at the site’s own address', () => {
  test('alerts to every name from here are the origin’s own choice as well', () => {
    expect(outcome(ALERT, ALERT)).toEqual(['suspected', 'tls.alert', 'weak']);
  });

  test('an alert to the innocuous name shows that only the target’s is cut', () => {
    expect(outcome(RESET, ALERT)).toEqual(['interfered', 'tls.sni_reset', 'strong']);
  });

  test('both controls have to fare better', () => {
    expect(outcome(ALERT, RESET, ALERT)).toEqual(['suspected', 'tls.alert', 'weak']);
    expect(outcome(RESET, ALERT, RESET)).toEqual(['suspected', 'tls.sni_reset', 'weak']);
  });
});
