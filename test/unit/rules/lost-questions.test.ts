/** A lossy line loses what libc asks now and then: no fault of the resolver, when it answered this program's own question. */
import { describe, expect, test } from 'vitest';
import { draft, type DnsSays, type Draft } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HTTPS_URL, IP, SITE_CHAIN } from '../../golden/scenes.ts';

/** What getaddrinfo says when it has waited in vain. */
const LOST = ['generic_timeout_error', 'dns_temporary_failure'];

function asked(lookup: DnsSays, wire: DnsSays): Draft {
  const d = draft(HTTPS_URL);
  d.lookup(lookup);
  d.wire(wire);
  d.doh([IP]);
  d.control(CONTROL_GETS_ALL);
  return d;
}

describe.each(LOST)('getaddrinfo ends with %s', (failure) => {
  test('says nothing of the resolver that told the truth on the wire', () => {
    const d = asked(failure, [IP]);
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.http(HTTPS_URL, FRONT_PAGE);
    expect(judged(d.document()).verdict).toMatchObject({ outcome: 'insufficient', rules: [] });
  });

  test.each([['nothing', failure] as const, ['another address', ['11.0.0.77']] as const])(
    'is suspicious where the wire says %s',
    (_what, wire) => {
      expect(judged(asked(failure, wire).document()).verdict).toMatchObject({
        outcome: 'suspected',
        method: 'dns.timeout',
        evidence: 'weak',
      });
    },
  );
});
