"""One job of the small runner: it is renewed, its steps run, their logs are uploaded, and it is completed (protocol.md 11.4, D.3)."""

import datetime
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import urllib.parse
import uuid

from runner_http import Connection, NoAnswer

RENEWAL_PERIOD = 60
CANCELLATION = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, None))  # and how long to wait after it (D.3, item 15)
GLANCE = 0.1
PRINTED = {"succeeded": "Succeeded", "failed": "Failed", "canceled": "Canceled"}
# The Results service has numbers for these.
STATUS = {"pending": 5, "in_progress": 3, "completed": 6}
CONCLUSION = {None: 0, "succeeded": 2, "failed": 3, "canceled": 4, "skipped": 7}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def script_of(step):
    return next(entry["Value"]["lit"] for entry in step["inputs"]["map"] if entry["Key"]["lit"] == "script")


class Step:
    """What the service is told of a step. `source` is the step of the job's message, or None for the first and the last one."""

    def __init__(self, number, name, action, source=None):
        self.number, self.name, self.action, self.source = number, name, action, source
        self.id = source["id"] if source else str(uuid.uuid4())
        self.status, self.conclusion, self.started, self.completed = "pending", None, None, None
        self.lines = []

    def begin(self):
        self.status, self.started = "in_progress", now()

    def end(self, conclusion):
        self.status, self.conclusion, self.completed = "completed", conclusion, now()

    def log(self, text):
        self.lines.append(f"{now()} {text}")

    def result(self):
        return {"external_id": self.id, "number": self.number, "name": self.name, "action_name": self.action,
                "type": "run" if self.source else "runner", "status": self.status, "conclusion": self.conclusion,
                "started_at": self.started, "completed_at": self.completed, "annotations": []}

    def update(self):
        return {"external_id": self.id, "number": self.number, "name": self.name, "status": STATUS[self.status],
                "conclusion": CONCLUSION[self.conclusion], "started_at": self.started, "completed_at": self.completed}


class Results:
    """The service for logs and for the state of steps (protocol.md D.3, items 9 and 14)."""

    def __init__(self, connection, url, token, plan_id, job_id):
        self.connection, self.url, self.token = connection, url.rstrip("/") + "/twirp/", token
        self.names = {"workflow_run_backend_id": plan_id, "workflow_job_run_backend_id": job_id}
        self.order = 0

    def call(self, method, body):
        return self.connection.call("POST", self.url + method, {**self.names, **body}, token=self.token)

    def tell(self, steps):
        self.order += 1
        self.call("github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate",
                  {"change_order": self.order, "steps": [step.update() for step in steps]})

    def upload(self, what, lines, names):
        """`what` is Step or Job."""
        receiver = "results.services.receiver.Receiver/"
        answer = self.call(f"{receiver}Get{what}LogsSignedBlobURL", names)
        if answer.status != 200:
            return
        place = answer.json()
        if place.get("blob_storage_type") != "BLOB_STORAGE_TYPE_AZURE" or "soft_size_limit" not in place:
            self.connection.differs(f"Get{what}LogsSignedBlobURL is answered {place}")
        text = "\ufeff" + "".join(line + "\n" for line in lines)
        self.connection.call("PUT", place["logs_url"], data=text.encode(), expected=(200, 201),
                             headers={"x-ms-blob-type": "BlockBlob", "Content-Type": "text/plain"})
        made = self.call(f"{receiver}Create{what}LogsMetadata", {**names, "uploaded_at": now(), "line_count": len(lines)})
        if made.status == 200 and made.json().get("ok") is not True:
            self.connection.differs(f"Create{what}LogsMetadata is answered {made.text}")


class Job:
    def __init__(self, message, request, work_folder, differs):
        self.id, self.name, self.plan_id = message["jobId"], message["jobDisplayName"], message["plan"]["planId"]
        self.request, self.work_folder, self.differs = request, pathlib.Path(work_folder), differs
        self.connection = Connection(differs)
        endpoint = next(e for e in message["resources"]["endpoints"] if e["name"] == "SystemVssConnection")
        self.token = endpoint["authorization"]["parameters"]["AccessToken"]  # renewing and completing want the job's own token
        results = message["variables"].get("system.github.results_endpoint")
        self.results = Results(self.connection, results["value"], self.token, self.plan_id, self.id) if results else None
        middle = [Step(2 + index, step["displayNameToken"]["lit"], "sh", step) for index, step in enumerate(message["steps"])]
        self.steps = [Step(1, "Set up job", "setup_job"), *middle, Step(2 + len(middle), "Complete job", "complete_job")]
        self.conclusion = "succeeded"
        self.wanted = None  # the conclusion of a cancelled job
        self.cancelled = threading.Event()
        self.done = threading.Event()

    def cancel(self, conclusion):
        """Ends the job with that conclusion, unless its last step has ended by then."""
        if not self.cancelled.is_set() and not self.done.is_set():
            self.wanted = conclusion
            self.cancelled.set()

    def run(self):
        """What the runner prints as the result, or None if the job was lost before it began."""
        try:
            if not self.renew():
                return None
            threading.Thread(target=self.keep_renewing, daemon=True).start()
            for step in self.steps:
                self.run_step(step)
            self.upload_logs()
        except NoAnswer as error:
            self.differs(f"the job ends early: {error}")
            self.conclusion = "failed"
        self.done.set()
        self.complete()
        return "Canceled" if self.cancelled.is_set() else PRINTED[self.conclusion]

    def service(self, method, body, expected):
        url = urllib.parse.urljoin(self.request["run_service_url"], method)
        return self.connection.call("POST", url, {"planId": self.plan_id, "jobId": self.id, **body}, token=self.token, expected=expected)

    def renew(self):
        answer = self.service("renewjob", {}, (200,))
        if answer.status == 200 and not answer.json().get("lockedUntil"):
            self.differs(f"renewjob is answered {answer.text}")
        return answer.status == 200

    def keep_renewing(self):
        while not self.done.wait(RENEWAL_PERIOD):
            try:
                self.renew()
            except NoAnswer:
                pass  # the next one may succeed: the lock is good for ten minutes

    def complete(self):
        conclusion = self.wanted if self.cancelled.is_set() else self.conclusion
        self.service("completejob", {"conclusion": conclusion, "outputs": {}, "stepResults": [step.result() for step in self.steps],
                                     "annotations": [], "billingOwnerId": self.request["billing_owner_id"]}, (204,))

    def run_step(self, step):
        step.begin()
        self.tell()
        if step.source is None:
            step.log(step.name)
            step.end("succeeded")
        elif self.conclusion != "succeeded" or self.cancelled.is_set():
            step.end("skipped")
        else:
            step.end(self.run_script(step))
            self.conclusion = step.conclusion
        self.tell()

    def run_script(self, step):
        self.work_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.work_folder) as folder:
            script = pathlib.Path(folder) / "script.sh"
            script.write_text(script_of(step.source))
            step.log(f"Run /bin/sh -e {script}")
            shell = subprocess.Popen(["/bin/sh", "-e", str(script)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
            reader = threading.Thread(target=lambda: [step.log(line.rstrip("\n")) for line in shell.stdout])
            reader.start()
            code = self.wait_for(shell)
            end_group(shell.pid)
            reader.join()
            shell.stdout.close()
        if self.cancelled.is_set():
            step.log("Error: The operation was canceled.")
            return "canceled"
        if code != 0:
            step.log(f"Error: Process completed with exit code {code}.")
        return "succeeded" if code == 0 else "failed"

    def wait_for(self, shell):
        """The shell's exit code; a cancelled job's shell is asked to end, more and more firmly."""
        while not self.cancelled.is_set():
            try:
                return shell.wait(GLANCE)
            except subprocess.TimeoutExpired:
                pass
        for number, patience in CANCELLATION:
            shell.send_signal(number)
            try:
                return shell.wait(patience)
            except subprocess.TimeoutExpired:
                pass

    def tell(self):
        if self.results:
            self.results.tell(self.steps)

    def upload_logs(self):
        if not self.results:
            return
        for step in self.steps:
            if step.lines:
                self.results.upload("Step", step.lines, {"step_backend_id": step.id})
        self.results.upload("Job", [line for step in self.steps for line in step.lines], {})


def end_group(group):
    """Ends what a step left running, which would keep its output open."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
