/** What the host calls: see ../kernel.ts and ../writer.ts. AssemblyScript; `make kernels` compiles it. */
export { writeAnswer, writeLine } from './answer';
export { openAnswers } from './places';
export { addListed, bestOf, open, sumByArtist } from './score';
export { tabulate } from './tables';
