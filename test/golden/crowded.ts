/**
 * Documents in which several observations could speak for the same thing: many addresses that fail in different ways,
 * two bad chains, two pairs of one kind, two replies to one question. What is chosen must not depend on their order.
 */
import { draft, type Draft } from './build.ts';
import { chains } from './chains.ts';
import { page } from './control.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTP_URL,
  httpStep,
  HTTPS_URL,
  MIRROR,
  MIRROR_ANSWER,
  MIRROR_CHAIN,
  names,
  tlsStep,
} from './scenes.ts';

const ADDRESSES = ['11.0.0.10', '11.0.0.11', '3ffe:1::10', '3ffe:1::11'];
const CONTROL = { ...CONTROL_GETS_ALL, addresses: ADDRESSES };

function begun(url = HTTPS_URL): Draft {
  const d = draft(url);
  names(d, ADDRESSES);
  return d;
}

function unconnected(): Draft {
  const d = begun();
  const failures = ['generic_timeout_error', 'connection_refused', 'network_unreachable', 'connection_reset'];
  ADDRESSES.forEach((address, i) => void d.tcp(address, 443, failures[i]));
  const endpoints = ADDRESSES.map((a) => [a.includes(':') ? `[${a}]:443` : `${a}:443`, null] as const);
  d.control({ ...CONTROL, tcp: Object.fromEntries(endpoints) });
  return d;
}

function dead(): Draft {
  const d = begun();
  ['connection_reset', 'generic_timeout_error', 'eof_error'].forEach((failure, i) => {
    d.tcp(ADDRESSES[i]!, 443);
    d.tls({ failure });
  });
  const innocuous = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
  for (const failure of ['generic_timeout_error', 'connection_reset'])
    d.pair(
      AT_MIRROR('tls.sni_at_reflector'),
      innocuous,
      tlsStep(d, 'reflector', { sni: HOST, failure }),
      innocuous,
    );
  d.control(CONTROL);
  return d;
}

function untrusted(): Draft {
  const d = begun();
  [chains.unknown(HOST), chains.imitation(HOST), chains.selfSigned(HOST), chains.expired(HOST)].forEach(
    (chain, i) => {
      d.tcp(ADDRESSES[i]!, 443);
      d.tls({ failure: 'ssl_unknown_authority', chain });
    },
  );
  d.control(CONTROL);
  return d;
}

function plain(): Draft {
  const d = begun(HTTP_URL);
  d.tcp(ADDRESSES[0]!, 80);
  d.http(HTTP_URL, page('Notice', 'Limited.'));
  d.tcp(ADDRESSES[1]!, 80);
  d.http(HTTP_URL, { failure: 'connection_reset' });
  const innocuous = httpStep(d, MIRROR, MIRROR_ANSWER);
  for (const says of [{ failure: 'connection_reset' }, page('Notice', 'Limited.')])
    d.pair(AT_MIRROR('http.host_at_reflector'), innocuous, httpStep(d, HOST, says), innocuous);
  d.control(CONTROL);
  return d;
}

function contradicted(): Draft {
  const d = draft(HTTPS_URL);
  d.lookup('dns_nxdomain_error');
  d.wire(['10.66.0.2'], ADDRESSES, ['10.66.0.3'], 'dns_servfail_error');
  d.wire('dns_no_answer', ['10.66.0.4'], ADDRESSES);
  d.doh(ADDRESSES);
  d.control(CONTROL);
  return d;
}

export const CROWDED_DOCUMENTS = [unconnected(), dead(), untrusted(), plain(), contradicted()].map((d) =>
  d.document(),
);
