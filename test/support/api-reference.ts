import ts from '@typescript/typescript6';

/** The reference of one entry of the package: a heading and a declaration with its docstrings for each export. */
export function renderApiReference(name: string, types: string): string {
  const source = ts.createSourceFile('entry.d.mts', types, ts.ScriptTarget.ESNext);
  const exported = exportsOf(source);
  const declared = source.statements.flatMap((statement) => {
    const names = namesOf(statement);
    return names.length === 0 ? [] : [{ names, code: codeOf(statement, source) }];
  });
  const sections = exported.map((symbol) => {
    const found = declared.filter(({ names }) => names.includes(symbol));
    if (found.length === 0) throw new Error(`The types of ${name} export ${symbol} and do not declare it.`);
    return `### ${symbol}\n\n${block(found.map(({ code }) => code))}`;
  });
  const others = declared.filter(({ names }) => !names.some((each) => exported.includes(each)));
  return [
    `## ${name}`,
    exported.map((symbol) => `[${symbol}](#${symbol.toLowerCase()})`).join(' · '),
    ...sections,
    ...(others.length === 0
      ? []
      : [
          `### Types that ${name} does not export`,
          'The ones above use them.',
          block(others.map(({ code }) => code)),
        ]),
  ].join('\n\n');
}

/** Names in `export { ... }`, in the order of their declarations. */
function exportsOf(source: ts.SourceFile): string[] {
  const exported = source.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name }) => name.text)
      : [],
  );
  const order = source.statements.flatMap(namesOf);
  return exported.sort((one, other) => order.indexOf(one) - order.indexOf(other));
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

/** With its docstrings, and without comments for maintainers. */
function codeOf(statement: ts.Statement, source: ts.SourceFile): string {
  return statement
    .getFullText(source)
    .replace(/^ *\/\/.*\n/gm, '')
    .trim();
}

function block(declarations: readonly string[]): string {
  return `\`\`\`ts\n${declarations.join('\n\n')}\n\`\`\``;
}
