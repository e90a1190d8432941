import { execFileSync } from 'node:child_process';
import { unshareCommand } from './run.ts';

const TRY_MS = 10_000;

/** What the lab asks of the kernel: namespaces, a link, a VXLAN device on it. All of it is gone when the command ends. */
const ATTEMPT = [
  'ip link set lo up',
  'ip link add near type veth peer name far',
  'ip link add wire type vxlan id 1 remote 192.0.2.2 local 192.0.2.1 dstport 4789',
].join(' && ');

/** Why the namespace lab can't run here, as one line; null: it can. */
export function missingForNamespaces(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  for (const [program, flag] of [
    ['ip', '-V'],
    ['unshare', '-V'],
    ['nsenter', '-V'],
  ] as const)
    // prettier-ignore
    try {
      execFileSync(program, [flag], { stdio: 'ignore', timeout: TRY_MS });
    } catch {
      return `no ${program} command (Debian packages iproute2, util-linux)`;
    }
  const [unshare, ...args] = unshareCommand(process.getuid?.() === 0);
  try {
    execFileSync(unshare ?? '', [...args, 'sh', '-euc', ATTEMPT], { stdio: 'pipe', timeout: TRY_MS });
    return null;
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? '')
      .trim()
      .split('\n')[0];
    return `no right to make namespaces, or no VXLAN in this kernel: ${said || 'unshare failed'}`;
  }
}
