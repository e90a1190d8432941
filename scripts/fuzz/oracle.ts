/** The same questions asked of OpenSSL, in node:crypto and as a program: it knows nothing of our reading. */
import { spawnSync } from 'node:child_process';
import { constants, createPublicKey, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isIP } from 'node:net';
import { START_ROUNDING_MS } from '../../shared/observe/chain/index.ts';
import { pemOf } from '../../test/unit/codec/helpers/certificate-maker.ts';
import { readTree, writeTree } from './der-tree.ts';

export function readByNode(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der);
  } catch {
    return null;
  }
}

function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

const keyOf = (spki: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });

/** RSASSA-PSS; here always over SHA-256. */
const PSS = '2a864886f70d01010a';
/** Digests by the content of a signature algorithm's object identifier, in hex; `null`: the key's own (Ed25519). */
const DIGESTS: Readonly<Record<string, string | null>> = {
  '2a864886f70d010104': 'md5',
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
  [PSS]: 'sha256',
};

interface Outline {
  readonly tbs: Uint8Array;
  readonly digest: string | null | undefined;
  readonly isPss: boolean;
  readonly signature: Uint8Array;
  readonly spki: Uint8Array;
}

/** For certificates with something inside that node:crypto refuses to read: their outline alone. */
function outlineOf(der: Uint8Array): Outline | null {
  const [tbs, algorithm, signature] = readTree(der).children ?? [];
  const spki = tbs?.children?.find(({ children }) => children?.length === 2 && children[1]?.tag === 3);
  const id = algorithm?.children?.[0]?.content;
  if (tbs === undefined || signature === undefined || spki === undefined || id === undefined) return null;
  const hexId = Buffer.from(id).toString('hex');
  return {
    tbs: writeTree(tbs),
    digest: DIGESTS[hexId],
    isPss: hexId === PSS,
    signature: signature.content.subarray(1),
    spki: writeTree(spki),
  };
}

/** A certificate was signed with the key; false too when that can't be found out. */
export function signedByKey(der: Uint8Array, spki: Uint8Array): boolean {
  return holds(() => {
    const read = readByNode(der);
    if (read !== null) return read.verify(keyOf(spki));
    const outline = outlineOf(der);
    if (outline?.digest === undefined) return false;
    const key = keyOf(spki);
    const padding = outline.isPss ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
    return verify(outline.digest, outline.tbs, { key, ...padding }, outline.signature);
  });
}

/** SubjectPublicKeyInfo; null for what can't be read. */
export function spkiByOthers(der: Uint8Array): Uint8Array | null {
  try {
    const read = readByNode(der);
    if (read !== null) return read.publicKey.export({ type: 'spki', format: 'der' });
  } catch {
    // A key that node:crypto can't read.
  }
  return outlineOf(der)?.spki ?? null;
}

/** Each was signed by the key of the next. */
export function linksHold(path: readonly Uint8Array[]): boolean {
  return path.slice(1).every((issuer, i) => {
    const spki = spkiByOthers(issuer);
    return spki !== null && signedByKey(path[i] as Uint8Array, spki);
  });
}

export interface OpensslQuestion {
  readonly leaf: Uint8Array;
  readonly others: readonly Uint8Array[];
  readonly rootsPem: string;
  readonly host: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Openssl {
  /** Null: the chain is trusted; else why it is not. */
  objection(question: OpensslQuestion): string | null;
  close(): void;
}

/** `openssl verify`; null without the program. Close it to remove its files. */
export function createOpenssl(): Openssl | null {
  if (spawnSync('openssl', ['version']).status !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'kuager-fuzz-'));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  return {
    objection({ leaf, others, rootsPem, host, at }) {
      const files = [
        ...['-CAfile', file('roots.pem', rootsPem)],
        ...(others.length > 0 ? ['-untrusted', file('others.pem', pemOf(...others))] : []),
      ];
      const named = host === null ? [] : [isIP(host) === 0 ? '-verify_hostname' : '-verify_ip', host];
      const leafFile = file('leaf.pem', pemOf(leaf));
      // A certificate may begin within the ten minutes by which the start of a measurement is rounded.
      const objections = [at, at + START_ROUNDING_MS].map((time) => {
        const when = ['-attime', String(Math.floor(time / 1000))];
        const args = ['verify', '-purpose', 'sslserver', '-no-CApath', '-no-CAstore'];
        const { status, stderr } = spawnSync('openssl', [...args, ...files, ...named, ...when, leafFile]);
        return status === 0 ? null : (/^error.*|^Could not.*/m.exec(String(stderr))?.[0] ?? String(stderr));
      });
      return objections.includes(null) ? null : (objections[0] ?? null);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
