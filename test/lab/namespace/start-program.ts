/** A program and its lines, as they come. */
import { spawn } from 'node:child_process';

/** Starting a program with a compiler in front, on a busy machine. Milliseconds. */
const START_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 50;

export interface Started {
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  readonly pid: number | null;
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
}

/** `environment`: over this process's own. */
export function startProgram(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Started {
  const [program, ...args] = command;
  const child = spawn(program ?? '', args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = (stream: NodeJS.ReadableStream): string[] => {
    const lines: string[] = [];
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
    });
    stream.once('end', () => rest !== '' && lines.push(rest));
    return lines;
  };
  const [out, err] = [read(child.stdout), read(child.stderr)];
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  return { out, err, ended, pid: child.pid ?? null, kill: (signal) => void child.kill(signal) };
}

/** The first line with this text. Throws when the program ends before, or takes too long. */
export async function lineOf(started: Started, what: string, text: string): Promise<string> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let code: number | null = null;
  void started.ended.then((ended) => {
    code = ended;
  });
  for (;;) {
    const line = [...started.out, ...started.err].find((l) => l.includes(text));
    if (line !== undefined) return line;
    if (code !== null || performance.now() > deadline)
      throw new Error(`${what} did not start (exit ${code ?? 'none'}): ${started.err.slice(-5).join(' | ')}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
