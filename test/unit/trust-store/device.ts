/** A device made of a real folder: every absolute path leads below it, as if it were the root of the file system. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DeviceFiles } from '../../../probe/trust-store/device-files.ts';
import { realFiles } from '../../../probe/trust-store/real-files.ts';

export const HOME = '/home/aigul';

export interface TestDevice {
  readonly files: DeviceFiles;
  /** Where a path of the device really lies. */
  at(path: string): string;
  put(path: string, content: string | Uint8Array): Promise<void>;
  destroy(): Promise<void>;
}

export async function makeDevice(rest: Partial<DeviceFiles> = {}): Promise<TestDevice> {
  const root = await mkdtemp(join(tmpdir(), 'kuager-device-'));
  const real = realFiles();
  const at = (path: string): string => join(root, path);
  return {
    at,
    files: {
      platform: 'linux',
      home: HOME,
      environment: {},
      read: (path, maxBytes) => real.read(at(path), maxBytes),
      list: (path) => real.list(at(path)),
      run: (program) => Promise.reject(new Error(`no tool may be run here: ${program}`)),
      ...rest,
    },
    async put(path, content) {
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(at(path), content);
    },
    destroy: () => rm(root, { recursive: true, force: true }),
  };
}
