/** Questions that several rules ask, each with the answer's edge. */
import { describe, expect, test } from 'vitest';
import type { DnsObservation, HttpObservation, TlsObservation } from '../../../shared/model/index.ts';
import type { Case, Hop } from '../../../shared/rules/index.ts';
import {
  addressClass,
  answersOf,
  atControl,
  atDeviceAddress,
  classesOf,
  controlReached,
  deviceAddresses,
  diedAfterClientHello,
  endingOf,
  gotAnswer,
  gotAnyTlsByte,
  headerOf,
  isGenuineReflector,
  isReflectorAnswer,
  methodOf,
  provenWrong,
  responseOf,
  servesName,
  truthfulAddresses,
  usedByDevice,
} from '../../../shared/rules/predicates.ts';

/** As much of each as the question looks at. */
const tls = (
  more: Partial<Omit<TlsObservation, 'appraisal'>> & { readonly appraisal?: object | null } = {},
) =>
  ({
    chain: [],
    failure: null,
    appraisal: null,
    address: '11.0.0.1',
    port: 443,
    serverName: 'a.example',
    ...more,
  }) as unknown as TlsObservation;
const dns = (path: string, addresses: readonly string[], more: object = {}) =>
  ({
    path,
    addresses,
    late: false,
    failure: null,
    hostname: 'a.example',
    ...more,
  }) as unknown as DnsObservation;
const http = (status: number | null, failure: string | null = null) =>
  ({ status, failure, headers: [] }) as unknown as HttpObservation;
const hopOf = (more: object = {}): Hop =>
  ({ host: 'a.example', depth: 0, dns: [], tls: [], http: [], tcp: [], ...more }) as unknown as Hop;
const caseOf = (more: object = {}): Case =>
  ({ ours: true, control: null, reflectors: [], ...more }) as unknown as Case;
const control = (more: object = {}): object => ({
  dns: dns('control', []),
  tls: [],
  tcp: [],
  http: http(200),
  hosts: new Set(['a.example']),
  ...more,
});
const CHAIN = [new Uint8Array([1])];

test('an ending is coarse, and there is none of a success or a bad chain', () => {
  expect(endingOf('eof_error')).toBe('close');
  expect(endingOf('ssl_failed_handshake')).toBe('alert');
  for (const none of [null, 'ssl_unknown_authority', 'interrupted']) expect(endingOf(none)).toBeNull();
});

test('a method is its layer’s', () => {
  expect(['tls', 'http', 'tcp'].map((layer) => methodOf(layer as 'tls', 'connection_reset'))).toEqual([
    'tls.sni_reset',
    'http.host_reset',
    'tcp.reset',
  ]);
  expect(methodOf('tls', 'ssl_failed_handshake')).toBe('tls.alert');
  expect(methodOf('tcp', 'eof_error')).toBeNull();
  expect(methodOf('http', 'connection_refused')).toBeNull();
  expect(methodOf('tls', null)).toBeNull();
});

describe('a handshake', () => {
  test.each<[string, TlsObservation | null, boolean, boolean, boolean]>([
    ['none', null, false, false, false],
    ['that ended well', tls(), false, true, true],
    [
      'with a chain that is refused',
      tls({ chain: CHAIN, failure: 'ssl_unknown_authority' }),
      false,
      true,
      true,
    ],
    ['that broke off after its chain', tls({ chain: CHAIN, failure: 'connection_reset' }), false, true, true],
    ['that was reset', tls({ failure: 'connection_reset' }), true, false, false],
    ['that got an alert', tls({ failure: 'ssl_failed_handshake' }), true, false, true],
    ['that failed otherwise', tls({ failure: 'ssl_unknown_authority' }), false, false, false],
  ])('%s', (_, o, died, answer, anyByte) => {
    if (o !== null) expect(diedAfterClientHello(o)).toBe(died);
    expect(gotAnswer(o)).toBe(answer);
    expect(gotAnyTlsByte(o)).toBe(anyByte);
  });

  test('is a reflector’s own by trust, or by the key that it promised', () => {
    const c = caseOf({
      reflectors: [
        { name: 'm.example', spkiSha256: ['aa'] },
        { name: 'n.example', spkiSha256: ['bb'] },
      ],
    });
    const genuine = (appraisal: object | null, of: string | undefined = 'm.example') =>
      isGenuineReflector(c, of, tls({ appraisal }));
    expect(isGenuineReflector(c, 'm.example', null)).toBe(false);
    expect(genuine(null)).toBe(false);
    expect(genuine({ trusted: true, leafSpkiSha256: null })).toBe(true);
    expect(genuine({ trusted: false, leafSpkiSha256: 'aa' })).toBe(true);
    expect(genuine({ trusted: false, leafSpkiSha256: 'bb' })).toBe(false);
    expect(genuine({ trusted: false, leafSpkiSha256: null })).toBe(false);
    expect(genuine({ trusted: false, leafSpkiSha256: 'aa' }, 'unheard.example')).toBe(false);
    expect(
      isGenuineReflector(c, undefined, tls({ appraisal: { trusted: false, leafSpkiSha256: 'aa' } })),
    ).toBe(false);
  });
});

test('a reflector’s answer bears its name and is no refusal', () => {
  const answer = (status: number, name: string) => ({
    status,
    headers: [['x-kuager-reflector', name]] as [string, string][],
  });
  expect(isReflectorAnswer(answer(200, 'm'), 'm')).toBe(true);
  expect(isReflectorAnswer(answer(404, 'm'), 'm')).toBe(false);
  expect(isReflectorAnswer(answer(200, 'n'), 'm')).toBe(false);
  expect(isReflectorAnswer({ status: 200, headers: [] }, 'm')).toBe(false);
  expect(isReflectorAnswer({ status: 200, headers: [] }, undefined)).toBe(false);
  expect(isReflectorAnswer(null, 'm')).toBe(false);
  expect(headerOf(answer(200, 'm'), 'x-kuager-reflector')).toBe('m');
  expect(headerOf(answer(200, 'm'), 'server')).toBeNull();
});

test('a kind of address is told by the address alone', () => {
  expect(['11.0.0.1', '10.0.0.1', '127.0.0.1', 'x'].map(addressClass)).toEqual([
    'public',
    addressClass('192.168.0.1'),
    addressClass('127.0.0.9'),
    'unreadable',
  ]);
  expect(addressClass('10.0.0.1')).not.toBe('public');
  expect(classesOf(['11.0.0.1', '11.0.0.2', 'x'])).toEqual(new Set(['public', 'unreadable']));
});

test('the truth is the control’s for this name, and an honest second opinion’s', () => {
  const truth = (hop: Hop, more: object | null = null) =>
    [...truthfulAddresses(caseOf({ control: more }), hop)].sort();
  const asked = (list: readonly DnsObservation[]) => hopOf({ dns: list });
  expect(truth(asked([dns('system', ['11.0.0.1']), dns('wire', ['11.0.0.2'])]))).toEqual([]);
  expect(truth(asked([dns('second', ['11.0.0.3'])]))).toEqual(['11.0.0.3']);
  expect(truth(asked([dns('second', ['11.0.0.3'], { failure: 'generic_timeout_error' })]))).toEqual([]);
  expect(truth(hopOf(), control({ dns: dns('control', ['11.0.0.4']) }))).toEqual(['11.0.0.4']);
  expect(truth(hopOf(), control({ dns: dns('control', ['11.0.0.4'], { hostname: 'b.example' }) }))).toEqual(
    [],
  );
});

describe('an address', () => {
  const trusted = tls({ appraisal: { trusted: true, pathToRoot: true, wrongName: false } });
  const wrongName = tls({ appraisal: { trusted: false, pathToRoot: true, wrongName: true } });
  const serves = (hop: Hop, more: object | null = null, address = '11.0.0.1') =>
    servesName(caseOf({ control: more }), hop, address);
  test('serves the name where a valid chain comes from it, here or at the control', () => {
    expect(serves(hopOf({ tls: [trusted] }))).toBe(true);
    expect(serves(hopOf({ tls: [trusted] }), null, '11.0.0.2')).toBe(false);
    expect(serves(hopOf({ tls: [wrongName] }))).toBe(false);
    expect(serves(hopOf({ tls: [tls()] }))).toBe(false);
    expect(serves(hopOf(), control({ tls: [trusted] }))).toBe(true);
    expect(serves(hopOf(), control({ tls: [wrongName] }))).toBe(false);
    expect(serves(hopOf({ host: 'b.example' }), control({ tls: [trusted] }))).toBe(false);
    // Other helpers keep no chain.
    expect(serves(hopOf(), control({ tls: [tls()] }))).toBe(true);
    expect(serves(hopOf(), control({ tls: [tls({ failure: 'connection_reset' })] }))).toBe(false);
  });
  test('is proven wrong by its kind, or by whose certificate is there', () => {
    const wrong = (address: string, hop: Hop, more: object | null = null) =>
      provenWrong(caseOf({ control: more }), hop, address);
    const truth = { dns: [dns('second', ['11.0.0.9'])] };
    const home = { dns: [dns('second', ['10.0.0.9'])] };
    expect(wrong('10.0.0.1', hopOf(truth))).toBe(true);
    expect(wrong('10.0.0.1', hopOf(home))).toBe(false);
    expect(wrong('11.0.0.1', hopOf(truth))).toBe(false);
    expect(wrong('11.0.0.9', hopOf(truth))).toBe(false);
    expect(wrong('x', hopOf(truth))).toBe(false);
    expect(wrong('11.0.0.1', hopOf({ ...truth, tls: [wrongName] }))).toBe(true);
    expect(wrong('11.0.0.2', hopOf({ ...truth, tls: [wrongName] }))).toBe(false);
    expect(wrong('11.0.0.1', hopOf({ ...truth, tls: [trusted] }))).toBe(false);
    const untrusted = tls({ appraisal: { trusted: false, pathToRoot: false, wrongName: true } });
    expect(wrong('11.0.0.1', hopOf({ ...truth, tls: [untrusted] }))).toBe(false);
    expect(wrong('11.0.0.1', hopOf(truth), control({ tls: [wrongName] }))).toBe(true);
    expect(wrong('11.0.0.2', hopOf(truth), control({ tls: [wrongName] }))).toBe(false);
    expect(wrong('11.0.0.1', hopOf({ ...truth, host: 'b.example' }), control({ tls: [wrongName] }))).toBe(
      false,
    );
  });
  test('is looked up at the control with its port, however it is written', () => {
    const list = [{ address: '2001:db8:0::1', port: 443 }];
    expect(atControl(list, { address: '2001:db8::1', port: 443 })).toBe(list[0]);
    expect(atControl(list, { address: '2001:db8::1', port: 80 })).toBeUndefined();
    expect(atControl(undefined, { address: '2001:db8::1', port: 443 })).toBeUndefined();
  });
});

test('what the device uses is the system’s word, else the wire’s, in time', () => {
  const [system, wire] = [dns('system', ['11.0.0.1']), dns('wire', ['11.0.0.2'])];
  expect(usedByDevice(hopOf({ dns: [wire, system] }))).toEqual([system]);
  expect(usedByDevice(hopOf({ dns: [wire, dns('wire', [], { late: true }), dns('second', [])] }))).toEqual([
    wire,
  ]);
  expect(usedByDevice(hopOf({ dns: [dns('system', [], { late: true }), wire] }))).toEqual([wire]);
  expect(deviceAddresses(hopOf())).toBeNull();
  expect(deviceAddresses(hopOf({ dns: [wire, system] }))).toEqual(new Set(['11.0.0.1']));
  const hop = hopOf({ dns: [system] });
  expect(['11.0.0.1', '11.0.0.2', null].map((address) => atDeviceAddress(hop, address))).toEqual([
    true,
    false,
    true,
  ]);
  expect(atDeviceAddress(hopOf(), '11.0.0.2')).toBe(true);
});

test('the control reached a host by name, or on its own way', () => {
  const hop = (host: string, depth: number) => hopOf({ host, depth });
  expect(controlReached(caseOf(), hop('a.example', 0))).toBe(false);
  expect(controlReached(caseOf({ control: control() }), hop('a.example', 0))).toBe(true);
  expect(controlReached(caseOf({ control: control() }), hop('b.example', 1))).toBe(false);
  expect(
    controlReached(
      caseOf({ control: control({ http: http(null, 'connection_reset') }) }),
      hop('a.example', 0),
    ),
  ).toBe(false);
  // Other helpers don’t say which way they went.
  expect(controlReached(caseOf({ ours: false, control: control() }), hop('b.example', 1))).toBe(true);
  expect(controlReached(caseOf({ ours: false, control: control() }), hop('b.example', 0))).toBe(false);
});

test('a page comes before a refusal, that before a failure', () => {
  const [page, refusal, failure, dead] = [http(399), http(400), http(500), http(200, 'connection_reset')];
  const first = (...list: readonly HttpObservation[]) => responseOf(hopOf({ http: list }));
  expect(first(failure, refusal, page)).toBe(page);
  expect(first(failure, refusal)).toBe(refusal);
  expect(first(failure, http(499))?.status).toBe(499);
  expect(first(failure, http(503))).toBe(failure);
  expect(first(dead, http(null))).toBeNull();
  expect(answersOf(hopOf({ http: [dead, page, http(null), failure] }))).toEqual([page, failure]);
});
