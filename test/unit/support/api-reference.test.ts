import { expect, it } from 'vitest';
import { renderApiReference } from '../../support/api-reference.ts';

const TYPES = `import { Other } from 'other';

// For maintainers.
interface Hidden {
    readonly a: number;
}
/**
 * What it is.
 *
 * @example
 * make(1);
 */
declare function make(a: Hidden['a']): Shown;
/** Shown. */
type Shown = Other | Hidden;

export { make };
export type { Shown };
`;

it('a reference has every export with its docstring, and other types at the end', () => {
  expect(renderApiReference('package/entry', TYPES)).toBe(`## package/entry

[make](#make) · [Shown](#shown)

### make

\`\`\`ts
/**
 * What it is.
 *
 * @example
 * make(1);
 */
declare function make(a: Hidden['a']): Shown;
\`\`\`

### Shown

\`\`\`ts
/** Shown. */
type Shown = Other | Hidden;
\`\`\`

### Types that package/entry does not export

The ones above use them.

\`\`\`ts
interface Hidden {
    readonly a: number;
}
\`\`\``);
});

it('an export without a declaration is an error', () => {
  expect(() => renderApiReference('entry', 'export { missing };')).toThrow(
    'export missing and do not declare it',
  );
});
