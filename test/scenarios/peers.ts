/**
 * The scenarios of OONI's own Web Connectivity tests, by their names, with the verdict that follows here.
 * Source of the names and of what the network does: https://github.com/ooni/probe-cli, internal/webconnectivityqa.
 */
import {
  ACCESSIBLE,
  down,
  httpSite,
  httpsSite,
  INSUFFICIENT,
  interfered,
  refused,
  site,
  suspected,
} from './builders.ts';
import { CHALLENGE_PAGE, frontPage, INJECTED_BLOCKPAGE, longPage, redirectPage } from './pages.ts';
import { UNKNOWN_BLOCKPAGE } from './pages.ts';
import type { CensorRule, Expectation, Page, Pages, Scenario, Site } from './scenario.ts';

/** Where the control answers in the lab. */
const CONTROL_ADDRESS = '11.255.0.2';
const MISCONFIGURED = down('certificate_misconfigured');

type Given = Pick<Scenario, 'target' | 'sites' | 'censor' | 'expect'> & Partial<Scenario>;

function peer(name: string, truth: Scenario['truth'], title: string, given: Given): Scenario {
  return { name: `peer-${name}`, peer: name, truth, title, ...given };
}
const benign = (name: string, title: string, given: Omit<Given, 'censor'> & Partial<Given>): Scenario =>
  peer(name, 'benign', title, { censor: [], ...given });
const blocked = (name: string, title: string, given: Given): Scenario =>
  peer(name, 'interference', title, given);

const answer = (match: string, ...addresses: string[]): CensorRule => ({
  on: 'name',
  match,
  action: { kind: 'answer', addresses },
});

const LARGE_BYTES = 700_000;

const CERTIFICATES: readonly Scenario[] = [
  benign('badSSLWithExpiredCertificate', 'The origin’s certificate has expired, for everybody.', {
    target: 'https://expired.peer-lab.example/',
    sites: [httpsSite('expired.peer-lab.example', '11.100.1.10', frontPage('Expired'), 'expired')],
    expect: down('certificate_expired'),
  }),
  benign('badSSLWithWrongServerName', 'The origin’s certificate is for another name, for everybody.', {
    target: 'https://wrong-host.peer-lab.example/',
    sites: [httpsSite('wrong-host.peer-lab.example', '11.100.2.10', frontPage('Wrong host'), 'wrong_name')],
    expect: MISCONFIGURED,
  }),
  benign(
    'badSSLWithUnknownAuthorityWithConsistentDNS',
    'The origin’s authority is nobody’s, for everybody.',
    {
      target: 'https://untrusted.peer-lab.example/',
      sites: [httpsSite('untrusted.peer-lab.example', '11.100.3.10', frontPage('Untrusted'), 'unknown_ca')],
      expect: MISCONFIGURED,
    },
  ),
  blocked(
    'badSSLWithUnknownAuthorityWithInconsistentDNS',
    'The resolver sends the name, and all below it, to a server with a certificate of its own.',
    {
      target: 'https://letters.peer-four.example/',
      sites: [
        httpsSite('letters.peer-four.example', '11.100.4.10', frontPage('Letters')),
        httpsSite('elsewhere.peer-four-b.example', '11.100.4.66', frontPage('Elsewhere'), 'unknown_ca'),
      ],
      censor: [answer('*.letters.peer-four.example', '11.100.4.66')],
      expect: interfered('dns.wrong_address'),
    },
  ),
];

const CHALLENGED: readonly Scenario[] = [
  benign(
    'cloudflareCAPTCHAWithHTTP',
    'The CDN asks this client for a proof of being human, over plain HTTP.',
    {
      target: 'http://captcha.peer-lab.example/',
      sites: [
        httpSite('captcha.peer-lab.example', '11.100.5.10', frontPage('Captcha'), {
          to: { client: { http: { '/': CHALLENGE_PAGE } } },
        }),
      ],
      expect: refused('cdn_challenge'),
    },
  ),
  benign('cloudflareCAPTCHAWithHTTPS', 'The CDN asks this client for a proof of being human.', {
    target: 'https://captcha-tls.peer-lab.example/',
    sites: [
      {
        ...httpsSite('captcha-tls.peer-lab.example', '11.100.6.10', frontPage('Captcha')),
        to: {
          client: {
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': CHALLENGE_PAGE } },
          },
        },
      },
    ],
    expect: refused('cdn_challenge'),
  }),
];

const noControl: CensorRule = { on: 'address', match: CONTROL_ADDRESS, action: { kind: 'drop' } };
const WITHOUT_CONTROL: readonly Scenario[] = [
  peer(
    'controlFailureWithSuccessfulHTTPSWebsite',
    'benign',
    'The control can’t be reached; TLS proves the page all the same.',
    {
      target: 'https://alone-tls.peer-lab.example/',
      sites: [httpsSite('alone-tls.peer-lab.example', '11.100.7.10', frontPage('Alone'))],
      censor: [noControl],
      needs: ['silence'],
      expect: ACCESSIBLE,
    },
  ),
  peer(
    'controlFailureWithSuccessfulHTTPWebsite',
    'benign',
    'The control can’t be reached; nobody vouches for a page over plain HTTP.',
    {
      target: 'http://alone.peer-lab.example/',
      sites: [httpSite('alone.peer-lab.example', '11.100.8.10', frontPage('Alone'))],
      censor: [noControl],
      needs: ['silence'],
      expect: INSUFFICIENT,
    },
  ),
];

/** A transparent proxy at the forged address: the page comes through it unharmed. */
const proxyAt = (host: string, address: string): Site => ({ host, addresses: [address], state: 'proxy' });

const NAMES: readonly Scenario[] = [
  blocked('dnsBlockingAndroidDNSCacheNoData', 'The device’s own look-up finds nothing; others do.', {
    target: 'https://android.peer-nine.example/',
    sites: [httpsSite('android.peer-nine.example', '11.100.9.10', frontPage('Android'))],
    censor: [{ on: 'name', match: 'android.peer-nine.example', action: { kind: 'nxdomain' } }],
    expect: interfered('dns.nxdomain'),
  }),
  blocked('dnsBlockingNXDOMAIN', 'The resolver denies the name.', {
    target: 'https://denied.peer-ten.example/',
    sites: [httpsSite('denied.peer-ten.example', '11.100.10.10', frontPage('Denied'))],
    censor: [{ on: 'name', match: '*.denied.peer-ten.example', action: { kind: 'nxdomain' } }],
    expect: interfered('dns.nxdomain'),
  }),
  blocked('dnsBlockingBOGON', 'The resolver answers with a private address.', {
    target: 'https://bogon.peer-eleven.example/',
    sites: [httpsSite('bogon.peer-eleven.example', '11.100.11.10', frontPage('Bogon'))],
    censor: [answer('bogon.peer-eleven.example', '10.10.34.35')],
    expect: interfered('dns.bogon'),
  }),
  blocked('dnsHijackingToProxyWithHTTPSURL', 'The resolver sends the name to a transparent proxy.', {
    target: 'https://proxied-tls.peer-twelve.example/',
    sites: [
      httpsSite('proxied-tls.peer-twelve.example', '11.100.12.10', frontPage('Proxied')),
      proxyAt('proxy.peer-twelve-b.example', '11.100.12.66'),
    ],
    censor: [answer('proxied-tls.peer-twelve.example', '11.100.12.66')],
    expect: interfered('dns.wrong_address', { evidence: 'confirmed' }),
  }),
  blocked('dnsHijackingToProxyWithHTTPURL', 'The same over plain HTTP.', {
    target: 'http://proxied.peer-thirteen.example/',
    sites: [
      httpSite('proxied.peer-thirteen.example', '11.100.13.10', frontPage('Proxied')),
      proxyAt('proxy.peer-thirteen-b.example', '11.100.13.66'),
    ],
    censor: [answer('proxied.peer-thirteen.example', '11.100.13.66')],
    expect: interfered('dns.wrong_address', { evidence: 'confirmed' }),
  }),
  blocked('dnsHijackingToLocalhostWithHTTPS', 'The resolver answers 127.0.0.1.', {
    target: 'https://home-tls.peer-fourteen.example/',
    sites: [httpsSite('home-tls.peer-fourteen.example', '11.100.14.10', frontPage('Home'))],
    censor: [answer('home-tls.peer-fourteen.example', '127.0.0.1')],
    expect: interfered('dns.bogon'),
  }),
  blocked('dnsHijackingToLocalhostWithHTTP', 'The resolver answers 127.0.0.1.', {
    target: 'http://home.peer-fifteen.example/',
    sites: [httpSite('home.peer-fifteen.example', '11.100.15.10', frontPage('Home'))],
    censor: [answer('home.peer-fifteen.example', '127.0.0.1')],
    expect: interfered('dns.bogon'),
  }),
  blocked(
    'ghostDNSBlockingWithHTTP',
    'The domain is dead everywhere, and the resolver still sends it to a page.',
    {
      target: 'http://ghost-sixteen.example/',
      sites: [httpSite('page.peer-sixteen-b.example', '11.100.16.66', { '/': UNKNOWN_BLOCKPAGE })],
      censor: [answer('ghost-sixteen.example', '11.100.16.66')],
      expect: interfered('dns.wrong_address'),
    },
  ),
  blocked('ghostDNSBlockingWithHTTPS', 'The same over TLS, which shows nothing more than the answer.', {
    target: 'https://ghost-seventeen.example/',
    sites: [httpSite('page.peer-seventeen-b.example', '11.100.17.66', { '/': UNKNOWN_BLOCKPAGE })],
    censor: [answer('ghost-seventeen.example', '11.100.17.66')],
    expect: suspected('dns.wrong_address'),
  }),
];

const PAGES: readonly Scenario[] = [
  blocked('httpBlockingConnectionReset', 'A reset after the Host header.', {
    target: 'http://reset.peer-lab.example/',
    sites: [httpSite('reset.peer-lab.example', '11.100.18.10', frontPage('Reset'))],
    censor: [{ on: 'host', match: 'reset.peer-lab.example', action: { kind: 'reset' } }],
    expect: interfered('http.host_reset'),
  }),
  blocked('httpDiffWithConsistentDNS', 'The path writes a page of its own, which is on no record.', {
    target: 'http://differs.peer-lab.example/',
    sites: [httpSite('differs.peer-lab.example', '11.100.19.10', frontPage('Differs'))],
    censor: [
      {
        on: 'host',
        match: 'differs.peer-lab.example',
        action: { kind: 'inject', response: UNKNOWN_BLOCKPAGE },
      },
    ],
    expect: interfered('http.blockpage', { evidence: 'confirmed' }),
  }),
  blocked('httpDiffWithInconsistentDNS', 'The resolver sends the name to a block page that is on record.', {
    target: 'http://astray.peer-twenty.example/',
    sites: [
      httpSite('astray.peer-twenty.example', '11.100.20.10', frontPage('Astray')),
      httpSite('notice.peer-twenty-b.example', '11.100.20.66', { '/': INJECTED_BLOCKPAGE }),
    ],
    censor: [answer('astray.peer-twenty.example', '11.100.20.66')],
    expect: interfered('http.blockpage'),
  }),
];

const FINE: readonly Scenario[] = [
  benign('idnaWithoutCensorshipLowercase', 'A name in another alphabet.', {
    target: 'https://жаңалықтар.peer-lab.example/',
    sites: [httpsSite('xn--80aaav1a5am5es3bmc.peer-lab.example', '11.100.21.10', frontPage('Жаңалықтар'))],
    expect: ACCESSIBLE,
  }),
  benign('idnaWithoutCensorshipWithFirstLetterUppercase', 'The same, beginning with a capital.', {
    target: 'https://Хабарлар.peer-lab.example/',
    sites: [httpsSite('xn--80aaac5c3ac7a.peer-lab.example', '11.100.22.10', frontPage('Хабарлар'))],
    expect: ACCESSIBLE,
  }),
  benign('successWithHTTP', 'A plain page.', {
    target: 'http://plain.peer-lab.example/',
    sites: [httpSite('plain.peer-lab.example', '11.100.23.10', frontPage('Plain'))],
    expect: ACCESSIBLE,
  }),
  benign('successWithHTTPS', 'A page over TLS.', {
    target: 'https://secure.peer-lab.example/',
    sites: [httpsSite('secure.peer-lab.example', '11.100.24.10', frontPage('Secure'))],
    expect: ACCESSIBLE,
  }),
  benign('largeFileWithHTTP', 'More than a measurement keeps.', {
    target: 'http://large.peer-lab.example/',
    sites: [httpSite('large.peer-lab.example', '11.100.25.10', longPage('Large', LARGE_BYTES))],
    expect: ACCESSIBLE,
  }),
  benign('largeFileWithHTTPS', 'More than a measurement keeps.', {
    target: 'https://large-tls.peer-lab.example/',
    sites: [httpsSite('large-tls.peer-lab.example', '11.100.26.10', longPage('Large', LARGE_BYTES))],
    expect: ACCESSIBLE,
  }),
];

const nowhere = (host: string): Site => ({ host, addresses: ['127.0.0.1'], state: 'refused' });
const broken: Page = redirectPage('http://', 302)['/']!;
const loop = (host: string, scheme: string): Pages => redirectPage(`${scheme}://${host}/`, 302);

const BROKEN: readonly Scenario[] = [
  benign('localhostWithHTTP', 'The name is 127.0.0.1 for everybody.', {
    target: 'http://myself.peer-lab.example/',
    sites: [nowhere('myself.peer-lab.example')],
    expect: down('site_misconfigured'),
  }),
  benign('localhostWithHTTPS', 'The name is 127.0.0.1 for everybody.', {
    target: 'https://myself-tls.peer-lab.example/',
    sites: [nowhere('myself-tls.peer-lab.example')],
    expect: down('site_misconfigured'),
  }),
  benign('redirectWithBrokenLocationForHTTP', 'The origin redirects to what is no address.', {
    target: 'http://broken.peer-lab.example/',
    sites: [httpSite('broken.peer-lab.example', '11.100.29.10', { '/': broken })],
    expect: down('site_misconfigured'),
  }),
  benign('redirectWithBrokenLocationForHTTPS', 'The origin redirects to what is no address.', {
    target: 'https://broken-tls.peer-lab.example/',
    sites: [httpsSite('broken-tls.peer-lab.example', '11.100.30.10', { '/': broken })],
    expect: down('site_misconfigured'),
  }),
  benign('redirectWithMoreThanTenRedirectsAndHTTP', 'The origin redirects to itself.', {
    target: 'http://circle.peer-lab.example/',
    sites: [httpSite('circle.peer-lab.example', '11.100.31.10', loop('circle.peer-lab.example', 'http'))],
    expect: down('site_misconfigured'),
  }),
  benign('redirectWithMoreThanTenRedirectsAndHTTPS', 'The origin redirects to itself.', {
    target: 'https://circle-tls.peer-lab.example/',
    sites: [
      httpsSite('circle-tls.peer-lab.example', '11.100.32.10', loop('circle-tls.peer-lab.example', 'https')),
    ],
    expect: down('site_misconfigured'),
  }),
  benign('websiteDownNXDOMAIN', 'The name exists nowhere.', {
    target: 'http://gone-thirty-three.example/',
    sites: [],
    expect: down('domain_suspended'),
  }),
  benign('websiteDownNoAddrs', 'The name has no address.', {
    target: 'http://empty.peer-lab.example/',
    sites: [{ host: 'empty.peer-lab.example', addresses: [], state: 'refused' }],
    expect: down('site_down'),
  }),
  benign('websiteDownTCPConnect', 'The server refuses everybody.', {
    target: 'http://refusing.peer-lab.example/',
    sites: [{ host: 'refusing.peer-lab.example', addresses: ['11.100.35.10'], state: 'refused' }],
    expect: down('site_down'),
  }),
];

/** The first site sends everybody on; the second is what the path takes away. */
function redirected(
  n: number,
  name: string,
  scheme: 'http' | 'https',
  rule: (host: string, address: string) => CensorRule,
  expect: Expectation,
): Scenario {
  const [first, second] = [`short-${n}.peer-lab.example`, `long-${n}.peer-lab.example`];
  const address = `11.100.${n}.11`;
  const to = redirectPage(`${scheme}://${second}/`, 302);
  return blocked(`redirectWithConsistentDNSAndThen${name}`, 'What the site redirects to is taken away.', {
    target: `https://${first}/`,
    sites: [httpsSite(first, `11.100.${n}.10`, to), site(second, address)],
    censor: [rule(second, address)],
    expect,
  });
}
const bySni =
  (kind: 'drop' | 'reset' | 'close') =>
  (match: string): CensorRule => ({ on: 'sni', match, action: { kind } });
const byHost =
  (kind: 'drop' | 'reset' | 'close') =>
  (match: string): CensorRule => ({ on: 'host', match, action: { kind } });
const refuse = (_: string, match: string): CensorRule => ({
  on: 'address',
  match,
  action: { kind: 'refuse' },
});
const deny = (match: string): CensorRule => ({ on: 'name', match, action: { kind: 'nxdomain' } });

const REDIRECTED: readonly Scenario[] = [
  redirected(36, 'ConnectionRefusedForHTTP', 'http', refuse, suspected('tcp.refused')),
  redirected(37, 'ConnectionRefusedForHTTPS', 'https', refuse, suspected('tcp.refused')),
  redirected(38, 'ConnectionResetForHTTP', 'http', byHost('reset'), interfered('http.host_reset')),
  redirected(39, 'ConnectionResetForHTTPS', 'https', bySni('reset'), interfered('tls.sni_reset')),
  redirected(40, 'NXDOMAIN', 'https', deny, interfered('dns.nxdomain')),
  redirected(41, 'EOFForHTTP', 'http', byHost('close'), interfered('http.host_close')),
  redirected(42, 'EOFForHTTPS', 'https', bySni('close'), interfered('tls.sni_close')),
  redirected(43, 'TimeoutForHTTP', 'http', byHost('drop'), interfered('http.host_timeout')),
  redirected(44, 'TimeoutForHTTPS', 'https', bySni('drop'), interfered('tls.sni_timeout')),
];

const PATHS: readonly Scenario[] = [
  blocked('tcpBlockingConnectTimeout', 'The address is silent from here; one vantage can’t know why.', {
    target: 'https://silent.peer-lab.example/',
    sites: [httpsSite('silent.peer-lab.example', '11.100.45.10', frontPage('Silent'))],
    censor: [{ on: 'address', match: '11.100.45.10', port: 443, action: { kind: 'drop' } }],
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
  }),
  blocked(
    'tcpBlockingConnectionRefusedWithInconsistentDNS',
    'The resolver sends the name, and all below it, to an address that refuses everybody.',
    {
      target: 'https://misled.peer-forty-six.example/',
      sites: [
        httpsSite('misled.peer-forty-six.example', '11.100.46.10', frontPage('Misled')),
        { host: 'void.peer-forty-six-b.example', addresses: ['11.100.46.66'], state: 'refused' },
      ],
      censor: [answer('*.misled.peer-forty-six.example', '11.100.46.66')],
      expect: interfered('dns.wrong_address'),
    },
  ),
  blocked('throttlingWithHTTP', 'The address is held to a trickle from here.', {
    target: 'http://trickle.peer-lab.example/',
    sites: [httpSite('trickle.peer-lab.example', '11.100.47.10', longPage('Trickle', 65_536))],
    censor: [
      {
        on: 'address',
        match: '11.100.47.10',
        action: { kind: 'throttle', delayMs: 300, loss: 0.1, bytesPerSecond: 8_000 },
      },
    ],
    expect: suspected('throughput.address_throttling'),
  }),
  blocked('throttlingWithHTTPS', 'Connections that carry the name are slowed, wherever they go.', {
    target: 'https://slowed.peer-lab.example/',
    sites: [httpsSite('slowed.peer-lab.example', '11.100.48.10', longPage('Slowed', 65_536))],
    censor: [
      {
        on: 'sni',
        match: 'slowed.peer-lab.example',
        action: { kind: 'throttle', delayMs: 300, loss: 0.1 },
      },
    ],
    expect: interfered('throughput.sni_throttling'),
  }),
  blocked('tlsBlockingConnectionResetWithConsistentDNS', 'A reset after the name.', {
    target: 'https://reset-tls.peer-lab.example/',
    sites: [httpsSite('reset-tls.peer-lab.example', '11.100.49.10', frontPage('Reset'))],
    censor: [{ on: 'sni', match: 'reset-tls.peer-lab.example', action: { kind: 'reset' } }],
    expect: interfered('tls.sni_reset'),
  }),
  blocked(
    'tlsBlockingConnectionResetWithInconsistentDNS',
    'The resolver lies, and the name is reset as well.',
    {
      target: 'https://doubly.peer-fifty.example/',
      sites: [
        httpsSite('doubly.peer-fifty.example', '11.100.50.10', frontPage('Doubly')),
        httpSite('notice.peer-fifty-b.example', '11.100.50.66', { '/': UNKNOWN_BLOCKPAGE }),
      ],
      censor: [
        answer('doubly.peer-fifty.example', '11.100.50.66'),
        { on: 'sni', match: 'doubly.peer-fifty.example', action: { kind: 'reset' } },
      ],
      expect: interfered('tls.sni_reset'),
    },
  ),
];

export const PEERS: readonly Scenario[] = [
  ...CERTIFICATES,
  ...CHALLENGED,
  ...WITHOUT_CONTROL,
  ...NAMES,
  ...PAGES,
  ...FINE,
  ...BROKEN,
  ...REDIRECTED,
  ...PATHS,
];
