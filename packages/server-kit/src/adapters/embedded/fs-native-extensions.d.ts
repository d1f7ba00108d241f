/** The package ships no types; this is the part of it that is used. */
declare module 'fs-native-extensions' {
  /** An exclusive lock of the operating system on an open file; false where another open file holds it. */
  export function tryLock(fd: number): boolean
}
