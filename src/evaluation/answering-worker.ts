/** The process that answers the test set: models may crash or hang it, and it knows no secrets. */
import { failureOf } from '../errors.ts';
import { piecesOf, withoutValues, type AnsweringEvent } from './answering-events.ts';
import { answerAll, type AnsweringListener, type AnsweringTask } from './answering.ts';

/** Over when it is under way, so that what is sent does not pile up. */
function send(event: AnsweringEvent): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(event, () => {
      resolve();
    });
  });
}

let asking = '';

const listener: AnsweringListener = {
  log: {
    info: (text) => void send({ type: 'info', text }),
    warning: (text) => void send({ type: 'warning', text }),
    progress: (...progress) => void send({ type: 'progress', progress }),
  },
  announce(subject) {
    if (subject !== asking) void send({ type: 'asking', subject });
    asking = subject;
  },
};

process.once('message', (task: AnsweringTask) => {
  answerAll(task, listener)
    .then(async (answers) => {
      for (const piece of piecesOf(answers)) await send({ type: 'piece', ...piece });
      await send({ type: 'finished', answers: withoutValues(answers) });
    })
    .catch((thrown: unknown) => send({ type: 'failed', failure: failureOf(thrown) }));
});
// Whoever asked is gone. A thread that a model keeps would not let the process end by itself.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
