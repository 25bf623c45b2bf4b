// Photos: made smaller before they travel (which also leaves out where they were taken), kept until they are accepted.
const LONGEST = 1920;
const THUMB = 240;
const inMemory = new Map();

export async function shrink(file) {
  if (file.type === "image/gif" || !file.type.startsWith("image/")) return { blob: file, thumb: "" };
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const blob = await new Promise((done) => drawn(picture, LONGEST).toBlob(done, "image/jpeg", 0.85));
    const thumb = drawn(picture, THUMB).toDataURL("image/jpeg", 0.6);
    picture.close();
    return { blob: blob ?? file, thumb };
  } catch {
    return { blob: file, thumb: "" };
  }
}

function drawn(picture, longest) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export async function keep(id, blob) {
  inMemory.set(id, blob);
  await stored("readwrite", (photos) => photos.put(blob, id));
}

export async function kept(id) {
  return inMemory.get(id) ?? (await stored("readonly", (photos) => photos.get(id)));
}

export async function drop(id) {
  inMemory.delete(id);
  await stored("readwrite", (photos) => photos.delete(id));
}

async function stored(mode, act) {
  try {
    const database = await settled(openDatabase());
    const done = await settled(act(database.transaction("photos", mode).objectStore("photos")));
    database.close();
    return done;
  } catch {
    return undefined;
  }
}

function openDatabase() {
  const request = indexedDB.open("hongyan", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("photos");
  return request;
}

function settled(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}
