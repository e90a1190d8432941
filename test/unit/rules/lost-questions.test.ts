/** A lossy line loses what libc asks now and then: no fault of the resolver, when it answered this program's own question. */
import { describe, expect, test } from 'vitest';
import { draft, type DnsSays, type Draft } from '../../golden/build.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HTTPS_URL,
  IP,
  MIRROR,
  SITE_CHAIN,
} from '../../golden/scenes.ts';

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

describe('the device has an address that the wire did not give', () => {
  const FORGED = '10.66.0.2';
  const askedAgain = (says: DnsSays): Draft => {
    const d = draft(HTTPS_URL);
    d.lookup([FORGED]);
    d.wire([IP]);
    d.doh([IP]);
    const other = () => void d.ask({ via: 'udp', says: ['11.255.0.3'], name: MIRROR });
    const again = () => void d.ask({ via: 'udp', says });
    d.pair({ ...AT_SITE('dns.name_at_resolver'), innocuous: MIRROR }, other, again, other);
    d.control(CONTROL_GETS_ALL);
    return d;
  };

  test('and never does: it stands in a file of the device', () => {
    expect(judged(askedAgain([IP]).document()).verdict).toMatchObject({
      outcome: 'local',
      cause: 'hosts_file',
    });
  });

  test('but does when asked again: somebody forges replies, and the line lost this one', () => {
    expect(judged(askedAgain([FORGED]).document()).verdict).toMatchObject({
      outcome: 'suspected',
      method: 'dns.bogon',
      cause: null,
    });
  });
});
