import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceWords } from '../../../probe/commands/device-word.ts';
import type { Identity } from '../../../probe/report/identity.ts';
import { openMetAuthorities, type MetAuthorities } from '../../../probe/report/met-authorities.ts';
import { toBase64 } from '../../../shared/codec/base64.ts';
import { toPem } from '../../../shared/codec/pem.ts';
import { judgeMeasurement } from '../../../shared/judge/index.ts';
import { CHAINS_REMOVED, type Measurement } from '../../../shared/model/index.ts';
import { draft } from '../../golden/build.ts';
import { chains, STORED, type Chain } from '../../golden/chains.ts';
import { ASN, GOLDEN_CONTEXT } from '../../golden/context.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  names,
  tlsStep,
} from '../../golden/scenes.ts';
import { HOME, makeDevice, type TestDevice } from '../trust-store/device.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const KEY = { group: 'g1' } as Identity;

let device: TestDevice;
let folder: string;
let met: MetAuthorities;
beforeEach(async () => {
  device = await makeDevice();
  folder = await mkdtemp(join(tmpdir(), 'kuager-word-'));
  met = await openMetAuthorities(folder);
});
afterEach(async () => {
  await device.destroy();
  await rm(folder, { recursive: true });
});

/** Everything is read by whoever makes these chains, our own server's name too. */
function intercepted(chain: (host: string) => Chain, asn: number = ASN.own): Measurement {
  const d = draft(HTTPS_URL);
  d.network({ asn });
  names(d);
  d.tcp(IP, 443);
  const read = (host: string) => ({ failure: 'ssl_unknown_authority', chain: chain(host) });
  d.tls(read(HOST));
  const own = tlsStep(d, 'reflector', { ...read(MIRROR), sni: MIRROR });
  d.pair(
    AT_MIRROR('tls.chain_at_reflector'),
    own,
    tlsStep(d, 'reflector', { ...read(HOST), sni: HOST }),
    own,
  );
  d.control(CONTROL_GETS_ALL);
  return d.document() as unknown as Measurement;
}
const words = () => deviceWords(device.files, met, GOLDEN_CONTEXT);
const verdictOf = (measurement: unknown) => {
  const judged = judgeMeasurement(JSON.parse(JSON.stringify(measurement)), GOLDEN_CONTEXT);
  if ('problems' in judged) throw new Error('not judged');
  return judged.verdict;
};

describe('the device’s word in a measurement', () => {
  it('says nothing where nothing was intercepted', async () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ chain: chains.trusted(HOST) });
    d.control(CONTROL_GETS_ALL);
    const said = await words().add(d.document() as unknown as Measurement, KEY, NOW);
    expect(said.trusted).toBeUndefined();
    expect(said.measurement).not.toHaveProperty('x_interception');
  });

  it('keeps a state’s root that the volunteer was made to install in the evidence', async () => {
    await device.put(BUNDLE, toPem(STORED.known));
    const { measurement, verdict, trusted } = await words().add(intercepted(chains.unknown), KEY, NOW);
    expect(trusted).toBe(false);
    expect(measurement.x_interception).toMatchObject({ in_device_store: false, first_met: true });
    expect(verdict.outcome).toBe('suspected');

    await device.put(BUNDLE, toPem(STORED.unknown));
    const installed = await words().add(intercepted(chains.unknown), KEY, NOW);
    expect(installed.trusted).toBe(true);
    expect(installed.measurement.x_interception).toMatchObject({
      in_device_store: true,
      on_other_network: false,
    });
    expect(installed.measurement.test_keys.tls_handshakes[0]?.peer_certificates).toHaveLength(2);
    expect(installed.verdict).toMatchObject({ outcome: 'suspected', authority: 'unknown' });
  });

  it('calls an unknown authority local once it was met on another owner’s network; one on record never', async () => {
    const both = async (chain: (host: string) => Chain) => {
      await words().add(intercepted(chain, ASN.own), KEY, NOW);
      const same = await words().add(intercepted(chain, ASN.ownToo), KEY, NOW);
      const other = await words().add(intercepted(chain, ASN.other), { group: 'g2' } as Identity, NOW);
      return [same, other];
    };
    const [same, other] = await both(chains.unknown);
    expect(same?.verdict.outcome).toBe('suspected');
    expect(other?.verdict).toMatchObject({ outcome: 'local', cause: 'local_interception' });
    expect(other?.measurement.x_interception).toMatchObject({ on_other_network: true, first_met: false });
    expect(verdictOf(other?.measurement)).toEqual(other?.verdict);
    const [, borrowed] = await both(chains.imitation);
    expect(borrowed?.verdict.outcome).toBe('suspected');
    // Sent with its root, so that there is a key to remember.
    const [, known] = await both((host) => [...chains.known(host), STORED.known]);
    expect(known?.measurement.x_interception?.on_other_network).toBe(true);
    expect(known?.verdict).toMatchObject({ outcome: 'interfered', method: 'tls.interception' });
  });

  it('takes the chains of the device’s own product out, and nobody is accused by what is left', async () => {
    await device.put(BUNDLE, toPem(STORED.product));
    const source = intercepted(chains.product);
    const shown = source.test_keys.tls_handshakes
      .flatMap((h) => h.peer_certificates ?? [])
      .map((c) => c.data);
    const { measurement, verdict, trusted } = await words().add(source, KEY, NOW);
    expect(trusted).toBe(true);
    expect(verdict).toMatchObject({ outcome: 'local', cause: 'local_interception', evidence: 'strong' });
    const text = JSON.stringify(measurement);
    expect(shown.length).toBeGreaterThan(3);
    for (const data of shown) expect(text).not.toContain(data);
    expect(text).not.toContain(toBase64(STORED.product));
    expect(measurement).not.toHaveProperty('x_interception');
    expect(measurement.annotations['chains_removed']).toBe(CHAINS_REMOVED);
    expect(measurement.test_keys.tls_handshakes.map((h) => h.failure)).toEqual(
      source.test_keys.tls_handshakes.map((h) => h.failure),
    );
    expect(verdictOf(measurement)).toMatchObject({ outcome: 'local', cause: 'local_interception' });
    const without = { ...measurement, annotations: {} };
    expect(verdictOf(without).outcome).toBe('insufficient');
  });

  it('publishes a product’s chain that the device’s store does not have, or that could not be looked for', async () => {
    const data = (m: Measurement) => m.test_keys.tls_handshakes[0]?.peer_certificates?.length;
    const { measurement, trusted } = await words().add(intercepted(chains.product), KEY, NOW);
    expect([data(measurement), trusted]).toEqual([1, null]);
    await device.put(BUNDLE, toPem(STORED.known));
    await device.put(`${HOME}/.pki/nssdb/cert9.db`, 'broken');
    expect((await words().add(intercepted(chains.product), KEY, NOW)).trusted).toBeNull();
  });

  it('a public root appended to a forged chain makes nothing trusted', async () => {
    await device.put(BUNDLE, toPem(STORED.public));
    const padded = (host: string): Chain => [...chains.unknown(host), STORED.public];
    const { trusted } = await words().add(intercepted(padded), KEY, NOW);
    expect(trusted).toBe(false);
  });
});
