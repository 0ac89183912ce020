import superjson from 'superjson';

/** How calls and answers are written. An answer is read where it lies: nobody else has it, so superjson need not copy it first. */
export const transformer = {
  serialize: superjson.serialize,
  deserialize: (answer: Parameters<typeof superjson.deserialize>[0]): unknown => superjson.deserialize(answer, { inPlace: true }),
};
