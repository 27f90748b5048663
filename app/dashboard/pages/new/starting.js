// Where fields begin that must be there and have no default: usual values, so that what was just chosen can be trained.

const RATES = { sgd: 0.1, adam: 0.001, adamw: 0.001, rmsprop: 0.001, adagrad: 0.01, adadelta: 1 };

/** By the pointer of the object, and where it is one of several by its name. */
const STARTING = {
  "/training/optimizer": Object.fromEntries(Object.entries(RATES).map(([name, learning_rate]) => [name, { learning_rate }])),
  "/training/schedule": { step: { step_size: 500 } },
  "/training/early_stopping": { patience: 5 },
};

export const starting = (pointer) => STARTING[pointer] ?? {};
