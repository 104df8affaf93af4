import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts', 'e2e/shots', 'test-results'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['public/sw.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['self', 'caches', 'fetch', 'Headers', 'Response', 'URL', 'location'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['e2e/**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'document', 'window', 'URL', 'fetch', 'setTimeout', 'clearTimeout',
          'Buffer', 'performance', 'localStorage', 'getComputedStyle', 'location', 'AbortSignal', 'crypto']
          .map((name) => [name, 'readonly']),
      ),
    },
    rules: { '@typescript-eslint/no-unused-vars': 'warn' },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'warn',
      'max-lines': ['warn', { max: 600 }],
      eqeqeq: ['error', 'smart'],
      'no-console': 'error',
    },
  },
)
