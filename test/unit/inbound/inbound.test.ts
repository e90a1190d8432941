import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateKeys } from '../../../collector/archive/keys.ts';
import { bundledContext } from '../../../collector/archive/snapshots.ts';
import { createShaking, inboundCommand, type InboundFlags } from '../../../collector/commands/inbound.ts';
import { CAVEAT } from '../../../collector/inbound/report.ts';
import { PUNISHMENT_MS, runInbound } from '../../../collector/inbound/run.ts';
import { fromUtf8 } from '../../../shared/codec/base64.ts';
import { parseCidr } from '../../../shared/codec/ip.ts';
import { decodeEnvelope, PAYLOAD_TYPES, verifyEnvelope } from '../../../shared/codec/dsse.ts';
import { labCertificates, type LabCertificates } from '../../lab/certs.ts';
import { temporaryFolder, type TemporaryFolder } from '../collector/support.ts';
import { createServers, type Box, type Decide } from './servers.ts';

const INNOCUOUS = 'plain.example';
const LISTED = 'listed.example';
let certs: LabCertificates;
let servers: ReturnType<typeof createServers>;
let folder: TemporaryFolder;
let out: string[];
let err: string[];
let slept: number[];
/** What happens while the program waits. */
let onSleep: (ms: number) => void;
/** Waits after which it is told to stop. */
let stopAfter: number;

beforeEach(async () => {
  certs = await labCertificates();
  servers = createServers();
  folder = temporaryFolder();
  [out, err, slept] = [[], [], []];
  onSleep = () => undefined;
  stopAfter = Number.POSITIVE_INFINITY;
});
afterEach(() => {
  servers.close();
  folder.remove();
});

interface Line {
  readonly server: string;
  readonly note: string;
  readonly name: string;
  readonly finding: string;
  readonly outcome: string;
  readonly evidence: string | null;
  readonly authority: string | null;
  readonly repeats: { readonly n: number; readonly m: number };
  readonly reason: string | null;
  readonly attempts: readonly (readonly { readonly name: string; readonly ending: string }[])[];
  readonly certificates: Readonly<Record<string, string>>;
}
const file = (name: string, text: string): string => {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
};
async function ask(
  rows: readonly string[],
  more: Partial<InboundFlags> & {
    readonly names?: string;
    readonly text?: boolean;
    readonly only?: string;
  } = {},
): Promise<Line[]> {
  const { text = false, only = '127.0.0.0/8', names = LISTED, ...flags } = more;
  const roots = JSON.stringify({ version: 1, roots: [certs.knownAuthority] });
  const global = { lang: 'en', json: !text, debug: false } as const;
  await inboundCommand(
    {
      servers: file('servers.csv', `server,port,note\n${rows.join('\n')}\n`),
      names: file('names.txt', names),
      innocuous: INNOCUOUS,
      extraRoot: [file('root.pem', certs.rootPem)],
      fingerprints: [file('known.json', roots)],
      labAllow: ['127.0.0.0/8'],
      ...flags,
    },
    global,
    { out: (line) => void out.push(line), err: (line) => void err.push(line) },
    {
      only,
      now: Date.now,
      sleep: (ms) => {
        slept.push(ms);
        onSleep(ms);
        return Promise.resolve(slept.length < stopAfter);
      },
      stop: new AbortController().signal,
    },
  );
  return text ? [] : out.map((line) => JSON.parse(line) as Line);
}
/** A server whose certificate is for its own name, whatever it is asked for, as most are. */
const ordinary = (): Promise<number> => {
  const own = certs.issue(['own.example']);
  return servers.tls(() => own);
};
const askPort = async (port: number, more: Parameters<typeof ask>[1] = {}): Promise<Line> =>
  (await ask([`127.0.0.1,${port},a note`], more))[0]!;
const behind = async (decide: Decide): Promise<Box> => servers.box(await ordinary(), decide);

describe('what is interference', () => {
  it('a chain under a recorded key, named', async () => {
    const port = await servers.tls((name) =>
      name === LISTED ? certs.forgeFor('known', name) : certs.issue(['own.example']),
    );
    const line = await askPort(port);
    expect(line).toMatchObject({
      ...{ finding: 'known_authority', outcome: 'interfered', evidence: 'confirmed', note: 'a note' },
      ...{ authority: certs.knownAuthority.id, repeats: { n: 3, m: 3 }, name: LISTED },
    });
    expect(Object.keys(line.certificates).length).toBeGreaterThan(2);
  });

  it('also where every name gets one, or two of three times', async () => {
    const always = await servers.tls((name) => certs.forgeFor('known', name));
    expect(await askPort(always)).toMatchObject({ outcome: 'interfered', repeats: { n: 3, m: 3 } });
    out = [];
    let nth = 0;
    const often = await servers.tls((name) =>
      name === LISTED && nth++ !== 1 ? certs.forgeFor('known', name) : certs.issue(['own.example']),
    );
    expect(await askPort(often)).toMatchObject({ outcome: 'interfered', repeats: { n: 2, m: 3 } });
  });
});

describe('what is suspected at most', () => {
  const weak = { outcome: 'suspected', evidence: 'weak', repeats: { n: 3, m: 3 } };

  it.each(['reset', 'close'] as const)('a listed name that ends in %s', async (deed) => {
    const box = await behind((name) => (name === LISTED ? deed : 'pass'));
    const finding = deed === 'close' ? 'closed' : deed;
    expect(await askPort(box.port)).toMatchObject({ ...weak, finding, authority: null });
  });

  it('a listed name that falls silent', async () => {
    const box = await behind((name) => (name === LISTED ? 'drop' : 'pass'));
    expect(await askPort(box.port)).toMatchObject({ ...weak, finding: 'silence' });
  });

  it('a page in the place of TLS', async () => {
    const box = await behind((name) => (name === LISTED ? 'page' : 'pass'));
    expect(await askPort(box.port)).toMatchObject({ ...weak, finding: 'not_tls' });
  });

  it('a recorded name with another key, and a key that nobody knows', async () => {
    const forging = (authority: 'imitation' | 'unknown') =>
      servers.tls((name) =>
        name === LISTED ? certs.forgeFor(authority, name) : certs.issue(['own.example']),
      );
    expect(await askPort(await forging('imitation'))).toMatchObject({
      ...weak,
      ...{ finding: 'imitated_authority', authority: `imitates:${certs.knownAuthority.id}` },
    });
    out = [];
    const unknown = await askPort(await forging('unknown'));
    expect(unknown).toMatchObject({ ...weak, finding: 'untrusted_chain_for_name', authority: null });
  });

  it('a recorded key that showed itself once', async () => {
    let nth = 0;
    const port = await servers.tls((name) =>
      name === LISTED && nth++ === 0 ? certs.forgeFor('known', name) : certs.issue(['own.example']),
    );
    expect(await askPort(port)).toMatchObject({ outcome: 'suspected', repeats: { n: 1, m: 3 } });
  });

  it('a death after which the box punishes for a while, waited out', async () => {
    let punished = false;
    onSleep = (ms) => {
      if (ms === PUNISHMENT_MS) punished = false;
    };
    const box = await behind((name) => {
      punished ||= name === LISTED;
      return punished ? 'reset' : 'pass';
    });
    expect(await askPort(box.port)).toMatchObject({ ...weak, finding: 'reset' });
    expect(slept.filter((ms) => ms === PUNISHMENT_MS)).toHaveLength(3);
  });
});

describe('what servers do by themselves', () => {
  const nothing = { outcome: 'insufficient', evidence: null, authority: null };

  it('answer every name alike', async () => {
    const box = await behind(() => 'pass');
    expect(await askPort(box.port)).toMatchObject({
      ...{ finding: 'no_difference', outcome: 'accessible', evidence: null, repeats: { n: 1, m: 1 } },
    });
  });

  it('refuse names that they don’t have, with an alert', async () => {
    const box = await behind((name) => (name === INNOCUOUS ? 'pass' : 'alert'));
    expect(await askPort(box.port)).toMatchObject({ ...nothing, finding: 'alert', repeats: { n: 3, m: 3 } });
    out = [];
    // The innocuous name is a stranger to it too: nothing can be compared.
    const strict = await behind(() => 'alert');
    expect(await askPort(strict.port)).toMatchObject({ ...nothing, finding: 'no_comparison' });
  });

  it('have other certificates for other names, and a default one of their own making', async () => {
    const byName = await servers.tls((name) => certs.issue([name]));
    expect(await askPort(byName)).toMatchObject({ ...nothing, finding: 'other_chain' });
    out = [];
    const byDefault = await servers.tls((name) =>
      name === INNOCUOUS ? certs.issue([name]) : certs.issue(['localhost.localdomain'], 'self_signed'),
    );
    expect(await askPort(byDefault)).toMatchObject({ ...nothing, finding: 'other_chain' });
  });

  it('add a recorded root to a chain of their own', async () => {
    const issued = certs.issue(['own.example']);
    const certPem = `${issued.certPem}${certs.interceptorPem.known}`;
    const port = await servers.tls((name) => (name === LISTED ? { ...issued, certPem } : issued));
    expect(await askPort(port)).toMatchObject({ finding: 'no_difference', outcome: 'accessible' });
  });

  it('are down, or now and then', async () => {
    expect(await askPort(await servers.nobody())).toMatchObject({ ...nothing, finding: 'unreachable' });
    out = [];
    const flapping = await behind((_name, nth) => (nth % 2 === 0 ? 'pass' : 'reset'));
    // Every second connection: just the listed name of the first attempt, an innocuous one of the second.
    expect(await askPort(flapping.port)).toMatchObject({ ...nothing, finding: 'flapping' });
    out = [];
    const once = await behind((_name, nth) => (nth === 1 ? 'reset' : 'pass'));
    expect(await askPort(once.port)).toMatchObject({ ...nothing, finding: 'flapping' });
  });
});

describe('whom it contacts', () => {
  it('listed servers only, one name at a time, from a new port each time, with pauses', async () => {
    const box = await behind(() => 'pass');
    const bystander = await behind(() => 'pass');
    const names = `# a remark\n${LISTED}\nother.example # why\n`;
    const lines = await ask([`127.0.0.1,${box.port},`], { names });
    expect(lines.map(({ name }) => name)).toEqual([LISTED, 'other.example']);
    expect(bystander.heard).toEqual([]);
    expect(box.heard.map(({ name }) => name)).toEqual([
      ...[INNOCUOUS, LISTED, INNOCUOUS],
      ...[INNOCUOUS, 'other.example', INNOCUOUS],
    ]);
    expect(new Set(box.heard.map(({ from }) => from)).size).toBe(box.heard.length);
    expect(slept.length).toBe(box.heard.length);
  });

  it('one name at a time also where two rows lead to one address', async () => {
    const box = await behind(() => 'pass');
    const context = bundledContext({
      extraRootsPem: [certs.rootPem],
      extraInterceptionEntries: [],
      servers: { controlKeys: [], reflectors: [] },
    });
    const { signal } = new AbortController();
    const tools = {
      ...createShaking(
        {
          allow: [parseCidr('127.0.0.0/8')!],
          only: '127.0.0.0/8',
          lookup: () => Promise.resolve({ addresses: ['127.0.0.1'] }),
        },
        signal,
      ),
      sleep: () => Promise.resolve(true),
      now: Date.now,
      roots: context.roots,
      fingerprints: context.fingerprints,
    };
    const servers = ['a.example', 'b.example'].map((server) => ({ server, port: box.port, note: '' }));
    const names = [LISTED, 'other.example'];
    const found: string[] = [];
    const input = { servers, names, innocuous: INNOCUOUS };
    expect(await runInbound(input, tools, (r) => void found.push(`${r.server} ${r.name}`))).toBe(true);
    expect(found).toEqual(['a.example', 'b.example'].flatMap((server) => names.map((n) => `${server} ${n}`)));
    const each = names.flatMap((name) => [INNOCUOUS, name, INNOCUOUS]);
    expect(box.heard.map(({ name }) => name)).toEqual([...each, ...each]);
  });

  it('nothing more once it is told to stop', async () => {
    const box = await behind(() => 'pass');
    stopAfter = 2;
    await ask([`127.0.0.1,${box.port},`], { names: `${LISTED}\nother.example\n` });
    expect(out).toEqual([]);
    expect(err.join(' ')).toContain('stopped before the end');
    expect(box.heard).toHaveLength(2);
  });

  it('nothing behind KUAGER_ONLY, nothing private, no odd port; the rest goes on', async () => {
    const box = await behind(() => 'pass');
    const lines = await ask(
      ['93.184.215.14,,', '192.168.1.1,,', `127.0.0.1,${box.port},`, '93.184.215.14,25,'],
      { labAllow: ['127.0.0.0/8'] },
    );
    const reasons = new Map(lines.map((line) => [`${line.server} ${line.reason ?? ''}`, line.finding]));
    expect(reasons).toEqual(
      new Map([
        ['93.184.215.14 KUAGER_ONLY forbids 93.184.215.14', 'not_contacted'],
        ['192.168.1.1 address_not_public', 'not_contacted'],
        ['127.0.0.1 ', 'no_difference'],
        ['93.184.215.14 port_not_allowed', 'not_contacted'],
      ]),
    );
  });
});

describe('its files', () => {
  it('names bad rows and leaves them out, and says what is wrong with a whole file', async () => {
    const box = await behind(() => 'pass');
    await ask([`127.0.0.1,${box.port},x`, 'no name,,', '127.0.0.1,0,'], { names: `${LISTED}\nhttp://x/\n` });
    expect(out).toHaveLength(1);
    expect(err.filter((line) => line.endsWith('row left out'))).toHaveLength(3);
    await expect(ask(['?,,'])).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await expect(ask(['127.0.0.1,,'], { data: folder.path })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(ask(['127.0.0.1,,'], { innocuous: 'a b' })).rejects.toMatchObject({ code: 'USAGE' });
    const taken = file('taken', '');
    await expect(ask(['127.0.0.1,,'], { out: taken })).rejects.toMatchObject({ code: 'OUT_EXISTS' });
    const unsigned = { data: join(folder.path, 'none'), out: join(folder.path, 'new') };
    await expect(ask(['127.0.0.1,,'], unsigned)).rejects.toMatchObject({ code: 'KEYS_MISSING' });
  });

  it('signs what it writes with the collector’s key', async () => {
    const data = join(folder.path, 'data');
    mkdirSync(data);
    const { keys } = loadOrCreateKeys(data);
    const box = await behind((name) => (name === LISTED ? 'reset' : 'pass'));
    const path = join(folder.path, 'inbound.dsse.json');
    const line = await askPort(box.port, { data, out: path });
    const envelope = decodeEnvelope(readFileSync(path, 'utf8').trim(), PAYLOAD_TYPES.inbound);
    if (!('ok' in envelope)) throw new Error(envelope.error);
    expect(verifyEnvelope(envelope.ok, keys.collector.publicKey)).toBe(true);
    const said = JSON.parse(fromUtf8(envelope.ok.payload)!) as Record<string, unknown>;
    expect(said).toMatchObject({ version: 1, whole: true, caveat: CAVEAT, results: [line] });
  });

  it('prints a line for each, and what it can’t show', async () => {
    const box = await behind((name) => (name === LISTED ? 'reset' : 'pass'));
    await ask([`127.0.0.1,${box.port},`], { text: true });
    expect(out).toEqual([
      `127.0.0.1:${box.port}  ${LISTED}  suspected, weak, 3 of 3  reset for this name, not for the innocuous one`,
    ]);
    expect(err).toContain(CAVEAT);
  });
});
