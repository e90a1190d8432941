/** Names whose addresses change from question to question: true, all of them, and no cover for real interference. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  OTHER_IP,
  SECURE,
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';

const RESET = 'connection_reset';

/** The device was given another address than everybody who was asked on the wire. */
function rotating(wire: (d: Draft) => void): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([OTHER_IP]);
  wire(d);
  d.doh([IP]);
  d.tcp(OTHER_IP, 443);
  return d;
}
const fired = (d: Draft): string[] => judged(d.document()).verdict.rules.map((rule) => rule.id);

describe('an address of a rotating pool', () => {
  test('hides no interference behind a hosts file', () => {
    const d = rotating((each) => each.wire([IP]));
    d.tls({ failure: RESET });
    const innocuous = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
    const suspect = tlsStep(d, 'reflector', { sni: HOST, failure: RESET });
    d.pair(AT_MIRROR('tls.sni_at_reflector'), innocuous, suspect, innocuous);
    d.control(CONTROL_GETS_ALL);
    const { verdict } = judged(d.document());
    expect(verdict).toMatchObject({ outcome: 'interfered', method: 'tls.sni_reset', evidence: 'confirmed' });
    expect(fired(d)).not.toContain('dns.hosts_file');
  });

  test('is no injection where the name is filtered as well: two true replies prove nothing', () => {
    const d = rotating((each) => each.wire([OTHER_IP], [IP]));
    d.tls({ failure: RESET });
    d.control(CONTROL_GETS_ALL);
    expect(fired(d)).not.toContain('dns.two_replies');
  });

  test('is not held against the resolver when the control finds the site there', () => {
    const d = rotating((each) => each.wire([OTHER_IP]));
    d.tls({ failure: RESET });
    const tls = { [SECURE]: { chain: SITE_CHAIN }, [`${OTHER_IP}:443`]: { chain: SITE_CHAIN } };
    d.control({ ...CONTROL_GETS_ALL, tls });
    expect(judged(d.document()).verdict).toMatchObject({ outcome: 'suspected', method: 'tls.sni_reset' });
    expect(fired(d)).not.toContain('dns.answers_differ');
  });

  test('is not held against the resolver that told the truth on the wire', () => {
    const d = rotating((each) => each.wire([IP]));
    d.tls({ failure: RESET });
    d.control(CONTROL_GETS_ALL);
    expect(fired(d)).not.toContain('dns.answers_differ');
  });
});

describe('an address that is proven to be somebody else’s', () => {
  const strangers = chains.trusted('shared-hosting.example');

  test('is the hosts file’s when the wire says otherwise', () => {
    const d = rotating((each) => each.wire([IP]));
    d.tls({ failure: 'ssl_invalid_hostname', chain: strangers });
    d.control(CONTROL_GETS_ALL);
    expect(judged(d.document()).verdict).toMatchObject({ outcome: 'local', cause: 'hosts_file' });
  });

  test.each([
    [
      'by its own certificate',
      (d: Draft) => d.tls({ failure: 'ssl_invalid_hostname', chain: strangers }),
      {},
    ],
    [
      'by what the control was shown there',
      (d: Draft) => d.tls({ failure: RESET }),
      { [`${OTHER_IP}:443`]: { failure: 'ssl_invalid_hostname', chain: strangers } },
    ],
  ])('is an injection when a true reply came after it: %s', (_how, handshake, atControl) => {
    const d = rotating((each) => each.wire([OTHER_IP], [IP]));
    handshake(d);
    d.control({ ...CONTROL_GETS_ALL, tls: { ...CONTROL_GETS_ALL.tls, ...atControl } });
    expect(judged(d.document()).verdict).toMatchObject({ outcome: 'interfered', method: 'dns.injection' });
  });

  test('is an injection when a denial came before a true reply', () => {
    const d = draft(HTTPS_URL);
    d.lookup('dns_nxdomain_error');
    d.wire('dns_nxdomain_error', [IP]);
    d.doh([IP]);
    d.control(CONTROL_GETS_ALL);
    expect(fired(d)).toContain('dns.two_replies');
  });

  test('is no injection when a resolver’s own fault came before a true reply', () => {
    const d = draft(HTTPS_URL);
    d.lookup([IP]);
    d.wire('dns_servfail_error', [IP]);
    d.doh([IP]);
    d.control(CONTROL_GETS_ALL);
    expect(fired(d)).not.toContain('dns.two_replies');
  });
});
