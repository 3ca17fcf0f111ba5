/** 0: done. 1: it failed, or a check found a problem. 2: wrong usage. */
export type ExitCode = 0 | 1 | 2;
