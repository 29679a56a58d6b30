/** Every text of the operator's page that a person reads. */
export const texts = {
  name: 'Segue: data sets and models',
  token: {
    label: 'Token',
    why: 'Whoever has the token of this function may change what Segue recommends.',
    enter: 'Enter',
    leave: 'Forget the token',
    wrong: 'This is not the token.',
  },
  upload: {
    title: 'Upload a data set',
    drop: 'Drop a file here, or choose one:',
    label: 'Data set',
    sending: (name: string) => `Sending ${name}`,
    checking: 'Checking its rows …',
    stored: (read: number, rejected: number) =>
      `${count(read, 'row')} read, ${rejected} rejected. Training begins.`,
  },
  runs: {
    title: 'Trainings',
    none: 'Nothing has been trained yet.',
    running: (step: string) => `at work: ${step}`,
    outcomes: {
      published: (version: string) => `published as version ${version}`,
      again: (version: string) => `version ${version} serves again: same data, same settings`,
      superseded: (version: string) => `superseded: version ${version} is from newer data`,
      rejected: (reason: string) => `rejected by the gate: ${reason}`,
      refused: (reason: string) => `refused: ${reason}`,
      failed: (reason: string) => `failed: ${reason}`,
    },
    steps: 'Steps',
  },
  models: {
    title: 'Models',
    none: 'There is no model yet.',
    columns: ['Version', 'Made', 'Size', 'Digest', 'State'],
    signature: (signed: boolean) => (signed ? 'signed' : 'not signed'),
    serves: 'serves',
    cannotServe: 'cannot serve: upload its data set again',
    activate: (version: string) => `Activate version ${version}`,
    activated: (version: string) => `Version ${version} serves from now on.`,
  },
  datasets: {
    title: 'Data sets',
    none: 'No data set has been uploaded yet.',
    columns: ['Name', 'Uploaded', 'Size', 'Digest', 'Change'],
    remove: (name: string) => `Remove ${name}`,
    really: (name: string) => `Remove ${name}? Models that were made from it stay.`,
    removed: (name: string) => `${name} is removed.`,
  },
  faults: { network: 'The server does not answer.' },
};

/** "1 row", "1,234 rows". */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** Bytes for people. */
export function size(bytes: number): string {
  if (bytes < 1024) return count(bytes, 'byte');
  const unit = Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** unit).toFixed(1)} ${['KiB', 'MiB', 'GiB'][unit - 1]}`;
}

/** A moment in the reader's time zone, to the second. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString('sv');
}

/** Milliseconds for people. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
