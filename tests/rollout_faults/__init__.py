"""What a rollout does when something goes wrong, one entry for each: `python -m rollout_faults`.

SageMaker, CloudWatch and S3 are localaws' stand-ins in this process, with models that answer from a
line of JSON. Between them and boto3 stands `faults.Faults`, which loses, repeats, delays and
refuses, and kills whoever asks. While an entry runs, clients ask its endpoint.
"""
