// Sends one file and tells how far it is. XMLHttpRequest, because fetch cannot tell.
// `heard`: progress(0…1), answered(status, body), failed(). Returns how to stop it; a stopped upload reports nothing.
export function upload(url, file, heard) {
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.withCredentials = true;
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = (event) => event.total && heard.progress(event.loaded / event.total);
  request.onload = () => {
    let body = {};
    try {
      body = JSON.parse(request.responseText);
    } catch {
      // A proxy's page in place of our answer: the status has to do.
    }
    heard.answered(request.status, body);
  };
  request.onerror = () => heard.failed();
  request.send(file);
  return () => request.abort();
}
