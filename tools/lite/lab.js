// What a reader is told in JupyterLite: how much of Python has come, when it is ready, where what is typed is kept.
const total = Number(new URL(import.meta.url).searchParams.get("bytes"));
const READ = "course-python-read";
const KEPT =
  "What you type stays in this browser, and clearing the browser's data clears it. To keep a lesson: menu File, Download.";

const card = document.createElement("aside");
card.id = "course-python";
card.innerHTML = '<p role="status"></p><progress></progress><button type="button" hidden>Close</button>';
const [said, bar, button] = card.children;
document.body.append(card);

function say(text, share) {
  said.textContent = text;
  bar.hidden = share === undefined;
  if (share !== undefined) bar.value = share;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}

const channel = new BroadcastChannel("course-python");
channel.onmessage = ({ data }) => {
  const come = Math.min(data.bytes, total);
  if (come < 0.99 * total) say(`Python comes: ${megabytes(come)} of ${megabytes(total)} MB. Later visits find it in the browser.`, come / total);
  else say("Python starts. This takes some seconds.", 1);
};
say("JupyterLab comes first, then Python.", 0);

const watch = setInterval(() => {
  const kernel = window.jupyterapp?.shell?.currentWidget?.context?.sessionContext?.session?.kernel;
  if (kernel?.status !== "idle") return;
  clearInterval(watch);
  channel.close();
  if (localStorage.getItem(READ)) return card.remove();
  say(`Python is ready. ${KEPT}`);
  button.hidden = false;
}, 250);

button.onclick = () => {
  localStorage.setItem(READ, "yes");
  card.remove();
};
