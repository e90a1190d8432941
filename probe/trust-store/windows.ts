/**
 * Windows: the machine's and the user's roots beside those that Microsoft's programme keeps (AuthRoot), and what was set
 * aside (Disallowed). Written from the documentation of PowerShell's certificate provider.
 */
import { win32 } from 'node:path';
import type { DeviceFiles } from './device-files.ts';
import { readingOf, type StoredCertificate, type StoreKind, type StoreReader } from './reading.ts';

/** One line a certificate, so that nothing of the console's width or language matters. */
const SCRIPT = [
  "$ErrorActionPreference='Stop'",
  "foreach ($s in 'LocalMachine\\Root','LocalMachine\\AuthRoot','LocalMachine\\Disallowed','CurrentUser\\Root','CurrentUser\\Disallowed') {",
  '  Get-ChildItem ("Cert:\\" + $s) | ForEach-Object { $s + " " + [Convert]::ToBase64String($_.RawData) }',
  '}',
].join('\n');
const LINE = /^(LocalMachine|CurrentUser)\\(Root|AuthRoot|Disallowed) ([A-Za-z0-9+/]+={0,2})$/;

interface Line {
  readonly owner: string;
  readonly store: string;
  readonly data: string;
}

/** The user's view holds the machine's roots too: they are the machine's. Pure. */
export function readWindowsLines(
  output: string,
): Readonly<Record<'machine' | 'user', readonly StoredCertificate[]>> {
  const lines = output.split(/\r?\n/).flatMap((line): Line[] => {
    const match = LINE.exec(line.trim());
    return match === null ? [] : [{ owner: match[1]!, store: match[2]!, data: match[3]! }];
  });
  const within = (store: string, owner?: string): ReadonlySet<string> =>
    new Set(lines.filter((l) => l.store === store && (owner ?? l.owner) === l.owner).map((l) => l.data));
  const [shipped, setAside, machine] = [
    within('AuthRoot'),
    within('Disallowed'),
    within('Root', 'LocalMachine'),
  ];
  const of = (owner: string): StoredCertificate[] =>
    lines
      .filter((l) => l.owner === owner && l.store !== 'AuthRoot')
      .filter((l) => owner === 'LocalMachine' || !machine.has(l.data))
      .map((l) => ({
        der: new Uint8Array(Buffer.from(l.data, 'base64')),
        place: `Cert:\\${l.owner}\\${l.store}`,
        trusted: l.store === 'Root' && !setAside.has(l.data),
        shipped: shipped.has(l.data),
        since: null,
      }));
  return { machine: of('LocalMachine'), user: of('CurrentUser') };
}

const shell = ({ environment }: DeviceFiles): string =>
  win32.join(environment['SystemRoot'] ?? 'C:\\Windows', 'System32\\WindowsPowerShell\\v1.0\\powershell.exe');

export const readWindows: StoreReader = async (files) => {
  const encoded = Buffer.from(SCRIPT, 'utf16le').toString('base64');
  const asked = files.run(shell(files), ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded]);
  const one = (kind: StoreKind, place: string, who: 'machine' | 'user') =>
    readingOf(kind, place, async () => readWindowsLines(await asked)[who]);
  const readings = await Promise.all([
    one('windows_machine', 'Cert:\\LocalMachine\\Root', 'machine'),
    one('windows_user', 'Cert:\\CurrentUser\\Root', 'user'),
  ]);
  return readings.flat();
};
