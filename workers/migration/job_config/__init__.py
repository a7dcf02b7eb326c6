"""`config.xml` of Jenkins' jobs: into the pipeline model, so that one converter serves for all.

xml_text.py  bytes into text             elements.py  text into elements with places
job.py       what kind of job it is      flow.py      pipeline jobs
freestyle.py freestyle, Maven, matrix    the rest     one part of a job a file
"""
