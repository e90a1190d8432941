/** What most scenarios are made of. */
import type { Cause, Method, Outcome } from '../../shared/model/verdict.ts';
import { frontPage } from './pages.ts';
import type { CertificateKind, Expectation, Pages, Site } from './scenario.ts';

const LAYER = /^[a-z]+/;

/** An accusation, or a suspicion, by its method; the layer is the method's own. */
export function by(outcome: Outcome, method: Method, rest: Partial<Expectation> = {}): Expectation {
  const layer = LAYER.exec(method)?.[0] as Expectation['layer'];
  return { outcome, layer, method, cause: null, ...rest };
}
export const interfered = (method: Method, rest: Partial<Expectation> = {}): Expectation =>
  by('interfered', method, rest);
export const suspected = (method: Method, rest: Partial<Expectation> = {}): Expectation =>
  by('suspected', method, rest);

function because(outcome: Outcome) {
  return (cause: Cause): Expectation => ({
    outcome,
    layer: null,
    method: null,
    cause,
  });
}
export const down = because('down');
export const local = because('local');
export const refused = because('refused');
export const ACCESSIBLE: Expectation = { outcome: 'accessible', layer: null, method: null, cause: null };
export const INSUFFICIENT: Expectation = { outcome: 'insufficient', layer: null, method: null, cause: null };

/** Ports 80 and 443 with one front page. */
export function site(host: string, address: string | readonly string[], rest: Partial<Site> = {}): Site {
  const pages = frontPage(host);
  return {
    host,
    addresses: typeof address === 'string' ? [address] : address,
    state: 'up',
    http: pages,
    https: { certificate: 'trusted', alpn: ['h2', 'http/1.1'], pages },
    ...rest,
  };
}

export function httpSite(host: string, address: string, pages: Pages, rest: Partial<Site> = {}): Site {
  return { host, addresses: [address], state: 'up', http: pages, ...rest };
}

export function httpsSite(
  host: string,
  address: string,
  pages: Pages,
  certificate: CertificateKind = 'trusted',
): Site {
  return { host, addresses: [address], state: 'up', https: { certificate, alpn: ['http/1.1'], pages } };
}
