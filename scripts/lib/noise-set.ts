/**
 * The scenarios of a noise report where none are named: each method and each cause that any scenario expects at least once,
 * the look-alikes that noise is most likely to push over, and what noise is most likely to hide. Data; a test holds it to that.
 */

export interface NoiseChoice {
  readonly name: string;
  readonly because: string;
}

const choose = (because: string, ...names: readonly string[]): readonly NoiseChoice[] =>
  names.map((name) => ({ name, because }));

export const NOISE_SET: readonly NoiseChoice[] = [
  ...choose('nothing is wrong: what is lost must not be laid on anybody', 'works-h2'),
  ...choose(
    'large pages: where loss looks most like throttling',
    'peer-largeFileWithHTTPS',
    'slow-for-everybody',
  ),
  ...choose('many exchanges in one measurement', 'redirect-to-https'),
  ...choose('failures that come and go of themselves', 'flapping-errors-everywhere'),
  ...choose('the site is at fault', 'down-everywhere', 'down-everywhere-silent'),
  ...choose('certificates that are the site’s own mistake', 'expired-certificate', 'state-pki-on-a-site'),
  ...choose(
    'the site turns somebody away',
    'geo-refusal',
    'cdn-challenge',
    'origin-451',
    'control-refused-plain',
  ),
  ...choose('names that moved or went', 'site-moved-stale-resolver', 'dns-suspended-but-cached'),
  ...choose('at an address where a block page was seen, and honest', 'site-at-address-on-record'),
  ...choose('a site that sends its visitors nowhere', 'peer-localhostWithHTTP'),
  ...choose(
    'the device or its own network',
    'captive-portal',
    'no-network',
    'vpn-by-address',
    'antivirus-on-the-device',
    'dns-family-filter-denies',
    'hosts-file',
    'dns-everything-fails',
    'ipv6-silent-v6-only-site',
    'clock-behind',
    'sim-cut-off-redirect',
  ),
  ...choose('one vantage can’t tell', 'origin-firewall-drops-country'),
  ...choose(
    'names answered falsely',
    'dns-nxdomain',
    'dns-servfail',
    'dns-empty-answer',
    'dns-bogon',
    'dns-lie-honest-doh',
    'dns-injection-race',
    'dns-refused',
    'dns-address-on-record',
    'dns-silence-for-name',
  ),
  ...choose(
    'addresses cut off',
    'tcp-timeout',
    'address-silent-with-siblings',
    'address-refuses-with-siblings',
    'address-unreachable',
  ),
  ...choose(
    'names cut off in the handshake',
    'tls-sni-timeout',
    'tls-sni-reset',
    'tls-sni-close',
    'tls-alert',
    'residual-drop-triple-30',
  ),
  ...choose('connections opened in between', 'tls-interception-known'),
  ...choose(
    'pages cut off or replaced',
    'http-host-reset',
    'http-host-timeout',
    'http-host-close',
    'http-blockpage',
    'http-blockpage-redirect',
    'http-451',
  ),
  ...choose(
    'made slow, which noise imitates and hides',
    'throttled-by-name',
    'peer-throttlingWithHTTP',
    'frozen-by-name',
  ),
];
