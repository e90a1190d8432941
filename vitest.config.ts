import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    // Every test runs behind the same wall as production code: no socket may leave loopback.
    env: { KUAGER_ONLY: '127.0.0.0/8,::1/128' },
    // Many tests wait for production timeouts: more of them at once than cores.
    maxWorkers: 3,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
