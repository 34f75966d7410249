/** Packages beyond the standard library whose business is to run code, fetch or write. */
const PACKAGES: readonly { readonly does: string; readonly names: string }[] = [
  {
    does: 'its package speaks to the network',
    names:
      'requests aiohttp urllib3 httpx httpcore pycurl websocket websockets socketio paramiko fabric scp tornado twisted gevent eventlet zmq grpc scapy boto boto3 botocore s3fs gcsfs fsspec smart_open smbprotocol smbclient pysftp tftpy telnetlib3 dns fastapi starlette uvicorn gunicorn werkzeug bottle cherrypy sanic pymongo redis psycopg2 psycopg MySQLdb pymysql pika kafka kazoo ldap3 ldap docker kubernetes wget gdown google.cloud azure huggingface_hub kaggle wandb clearml comet_ml neptune selenium playwright mechanize pyppeteer asyncssh nmap impacket',
  },
  {
    does: 'its package runs code or commands',
    names:
      'pip _pip setuptools pkg_resources distutils _distutils_hack wheel easy_install IPython ipykernel jupyter_client nbconvert papermill pexpect ptyprocess sh plumbum invoke psutil pywin32 win32api win32com win32process winreg cffi _cffi_backend pycparser Cython pyximport cython pyjnius jnius jpype py4j rpy2 ctypes_callable nose pytest _pytest tox celery rq dramatiq luigi airflow prefect loky execnet mpi4py horovod pycuda pyopencl black jinja2 mako chameleon genshi RestrictedPython asteval simpleeval numexpr code_interpreter guppy line_profiler memory_profiler cloudpathlib hydra gin fire click typer',
  },
  {
    does: 'its package deserialises other objects, which runs what they say',
    names:
      'dill cloudpickle jsonpickle yaml ruamel_yaml ruamel oyaml hickle klepto pickle5 zodbpickle shelve3 marshal3 serpent Pyro4 Pyro5 rpyc pathos multiprocess srsly mlflow bentoml diskcache pyro_ppl fickling',
  },
];

const does = new Map(
  PACKAGES.flatMap((group) => group.names.split(' ').map((name) => [name, group.does] as const)),
);

/** What the package of `module` is for, where that is dangerous; undefined for any other. */
export function executingPackage(module: string): string | undefined {
  const parts = module.split('.');
  return does.get(parts[0] ?? '') ?? does.get(parts.slice(0, 2).join('.'));
}
