import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Every test runs behind the same wall as production code: no socket may leave loopback.
    env: { KUAGER_ONLY: '127.0.0.0/8,::1/128' },
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
